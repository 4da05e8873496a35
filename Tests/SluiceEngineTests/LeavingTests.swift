import SluiceEngine
import SluiceModel
import Testing

@Suite("Who listens to a detached request can leave it")
struct LeavingTests {
    private let other = ClientID(rawValue: 2)
    private let ninety = RequestNumber(rawValue: 90)

    private func lab() -> Lab {
        var lab = Lab()
        lab.openStore()
        lab.join(client: 2, user: 1000)
        return lab
    }

    @Test("It is let go at once, and the request goes on for the others")
    func others() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.fetch(id, as: 90, from: other)
        lab.leave(ninety, of: other)
        lab.start(first)
        lab.report(first, .chunk(sequence: 0))
        lab.finish(first)
        lab.settled(id)
        #expect(lab.story(of: ninety) == ["admitted"])
        #expect(lab.leavings == [true])
        #expect(lab.story(of: first) == ["admitted", "started 1", "chunk 0", "ok"])
    }

    @Test("So can the one that submitted it, and the outcome is stored though nobody listens")
    func submitter() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.leave(first)
        lab.finish(first)
        lab.settled(id)
        #expect(lab.story(of: first) == ["admitted"])
        #expect(lab.storeWords.last == "finish \(id) ok")
        #expect(lab.revocations == 0)
    }

    @Test("It makes room for who comes, however often somebody comes and leaves")
    func room() {
        var lab = lab()
        let id = lab.id(of: lab.keep("A"))
        for number in 0..<UInt64(Limits.listeners * 3) {
            lab.fetch(id, as: 1_000 + number, from: other)
            lab.leave(RequestNumber(rawValue: 1_000 + number), of: other)
        }
        lab.fetch(id, as: 90, from: other)
        #expect(lab.story(of: ninety) == ["admitted"])
        #expect(lab.leavings.count == Limits.listeners * 3)
    }

    @Test("Its number is free, for another request and for the same")
    func numberIsFree() {
        var lab = lab()
        let first = lab.keep("A")
        let second = lab.keep("A")
        lab.fetch(lab.id(of: first), as: 90, from: other)
        lab.leave(ninety, of: other)
        lab.fetch(lab.id(of: second), as: 90, from: other)
        lab.leave(ninety, of: other)
        lab.fetch(lab.id(of: first), as: 90, from: other)
        lab.turn([.cancelled(Lab.client, second)])
        lab.settled(lab.id(of: second))
        #expect(lab.story(of: ninety) == ["admitted", "admitted", "admitted"])
    }

    @Test("While it is stored, and while its outcome is, it can be left, too")
    func inBetween() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let early = lab.offer("A")
        lab.leave(early)
        lab.stored()
        #expect(lab.story(of: early).isEmpty)
        let late = lab.keep("A")
        lab.finish(late)
        lab.leave(late)
        lab.settled(lab.id(of: late))
        #expect(lab.story(of: late) == ["admitted"])
        #expect(lab.leavings == [true, true])
    }

    @Test(
        "One that is in doubt is not told what became of it, and its number may be another's",
        arguments: [true, false])
    func inDoubt(isKnown: Bool) {
        var lab = lab()
        let kept = lab.keep("A")
        let id = lab.id(of: kept)
        lab.command(.drain(.daemon))
        lab.offer("A", from: other) { $0.number = RequestNumber(rawValue: 90) }
        lab.leave(ninety, of: other)
        lab.fetch(id, as: 90, from: other)
        lab.found(isKnown ? id : nil)
        #expect(lab.story(of: ninety) == ["admitted"])
        #expect((lab.refusal(of: ninety) == nil) == isKnown)
        lab.turn([.cancelled(Lab.client, kept)])
        lab.settled(id)
        #expect(lab.story(of: ninety) == ["admitted", "cancelled_by_client"])
    }

    @Test("Rank and ETA are worked out while somebody listens; who comes then asks anew")
    func watchEnds() {
        var lab = lab()
        let first = lab.keep("A") { $0.wantsStatus = true }
        lab.advance(by: .seconds(2))
        lab.leave(first)
        lab.fetch(lab.id(of: first), as: 90, from: other)
        lab.advance(by: .seconds(2))
        #expect(lab.statuses(of: ninety).isEmpty)
        lab.turn([.watched(other, ninety, true)])
        #expect(lab.statuses(of: ninety).map(\.rank) == [0])
    }

    @Test("So it is where the last one's connection ends, or it leaves while the request is stored")
    func watchOfNobody() throws {
        var lab = lab()
        let early = lab.offer("A", from: other) { $0.wantsStatus = true }
        lab.leave(early, of: other)
        lab.stored()
        let accepted = lab.lastAccepted
        let id = try #require(accepted)
        let late = lab.keep("A", from: other) { $0.wantsStatus = true }
        lab.turn([.clientLeft(other)])
        lab.advance(by: .seconds(2))
        for request in [id, lab.id(of: late)] {
            lab.fetch(request, as: 90)
            #expect(lab.statuses(of: ninety).isEmpty)
            lab.leave(ninety)
        }
    }

    @Test(
        "Who sends it again, and is known from before, asks for them again",
        arguments: [true, false])
    func watchAgain(isRefused: Bool) {
        var lab = lab()
        let session = SessionID(high: 0, low: 7)
        lab.turn([.clientJoined(ClientID(rawValue: 7), Caller(user: 1000, session: session))])
        let first = lab.keep("A", from: ClientID(rawValue: 7)) { $0.wantsStatus = true }
        let id = lab.id(of: first)
        lab.turn([.clientLeft(ClientID(rawValue: 7))])
        lab.advance(by: .seconds(2))
        let again = ClientID(rawValue: 8)
        lab.turn([.clientJoined(again, Caller(user: 1000, session: session))])
        if isRefused { lab.command(.drain(.daemon)) }
        let before = lab.statuses(of: first).count
        lab.offer("A", from: again) { submission in
            submission.number = first
            submission.wantsStatus = true
        }
        if isRefused { lab.found(id) } else { lab.stored(.known(id)) }
        #expect(lab.statuses(of: first).count == before + 1)
    }

    @Test("While one listens it is told, whoever asked")
    func watchStays() {
        var lab = lab()
        let first = lab.keep("A") { $0.wantsStatus = true }
        lab.fetch(lab.id(of: first), as: 90, from: other)
        lab.leave(first)
        lab.advance(by: .seconds(2))
        lab.fetch(lab.id(of: first), as: 91, from: other)
        #expect(lab.statuses(of: RequestNumber(rawValue: 91)).map(\.rank) == [0])
    }

    @Test("What is attached is called off, because nobody else could hear of it")
    func attached() {
        var lab = lab()
        let number = lab.ask("A")
        lab.leave(number)
        #expect(lab.code(of: number) == .cancelledByClient)
        #expect(lab.leavings.isEmpty)
    }

    @Test("Of what is not known, or has ended, only the edge may know that it is read out")
    func unknown() {
        var lab = lab()
        lab.fetch(RequestID(rawValue: 77), as: 90, from: other)
        lab.leave(ninety, of: other)
        lab.leave(ninety, of: ClientID(rawValue: 9))
        #expect(lab.leavings == [false])
    }
}

extension Lab {
    fileprivate mutating func leave(
        _ number: RequestNumber, of client: ClientID = Lab.client
    ) {
        turn([.listenerLeft(client, number)])
    }

    /// Of each that was let go, whether it was listening.
    fileprivate var leavings: [Bool] {
        effects.compactMap {
            if case .left(_, _, let wasListening) = $0 { wasListening } else { nil }
        }
    }
}

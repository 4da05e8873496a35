import SluiceEngine
import SluiceModel
import Testing

@Suite("Whoever of its user fetches a detached request is told of it")
struct ListenerTests {
    private let other = ClientID(rawValue: 2)

    private func lab(user: UInt32 = 1000) -> Lab {
        var lab = Lab()
        lab.openStore()
        lab.join(client: 2, user: user)
        return lab
    }

    private func number(_ value: UInt64) -> RequestNumber { RequestNumber(rawValue: value) }

    @Test("Several are told the same, each under its own number")
    func several() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.fetch(id, as: 90, from: other)
        lab.start(first)
        lab.finish(first)
        lab.settled(id)
        #expect(lab.story(of: first) == ["admitted", "started 1", "ok"])
        #expect(lab.story(of: number(90)) == ["admitted", "started 1", "ok"])
    }

    @Test("Who comes late is told how far it is, and the store tells the chunks before")
    func late() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.report(first, .chunk(sequence: 0))
        lab.fetch(id, as: 90, from: other, attempt: 1, chunks: 0)
        #expect(lab.story(of: number(90)) == ["admitted", "started 1"])
        #expect(lab.storeWords.last == "fetch \(id) for 90 live")
    }

    @Test("Who comes while its outcome is stored hears it")
    func settling() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.finish(first)
        lab.fetch(id, as: 90, from: other)
        lab.settled(id)
        #expect(lab.story(of: number(90)) == ["admitted", "ok"])
    }

    @Test("Who comes that late is told the attempt before its chunks")
    func settlingStream() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.report(first, .chunk(sequence: 0))
        lab.finish(first)
        lab.fetch(id, as: 90, from: other)
        #expect(lab.story(of: number(90)) == ["admitted", "started 1"])
        #expect(lab.storeWords.last == "fetch \(id) for 90 live")
    }

    @Test("What has ended, or is not known here, is the store's to tell")
    func ended() {
        var lab = lab()
        lab.fetch(RequestID(rawValue: 77), as: 90, from: other)
        #expect(lab.storeWords == ["fetch 77 for 90"])
    }

    @Test("Another user's request is treated as one that is not known, but for root")
    func foreign() {
        var lab = lab(user: 2000)
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.fetch(id, as: 90, from: other)
        #expect(lab.story(of: number(90)).isEmpty)
        #expect(lab.storeWords.last == "fetch \(id) for 90")
        lab.join(client: 3, user: 0)
        lab.fetch(id, as: 91, from: ClientID(rawValue: 3))
        #expect(lab.story(of: number(91)) == ["admitted"])
    }

    @Test("One that leaves is not told any more, and cancels nothing")
    func leaves() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.fetch(id, as: 90, from: other)
        lab.leave(client: 2)
        lab.finish(first)
        lab.settled(id)
        #expect(lab.story(of: number(90)) == ["admitted"])
        #expect(lab.code(of: first) == .ok)
    }

    @Test("One that cancels, cancels for all")
    func cancels() {
        var lab = lab()
        let first = lab.keep("A")
        let id = lab.id(of: first)
        lab.fetch(id, as: 90, from: other)
        lab.turn([.cancelled(other, number(90))])
        lab.settled(id)
        #expect(lab.story(of: first) == ["admitted", "cancelled_by_client"])
        #expect(lab.story(of: number(90)) == ["admitted", "cancelled_by_client"])
    }

    @Test("Status goes to those who listen")
    func status() {
        var lab = lab()
        let first = lab.keep("A") { $0.wantsStatus = true }
        #expect(
            lab.effects.contains {
                if case .status(Lab.client, first, _) = $0 { true } else { false }
            })
    }

    @Test("Who waits behind one that is stored is told that there is one more ahead")
    func overtaken() {
        var lab = lab()
        lab.offer("A")
        let younger = lab.ask("A") { $0.wantsStatus = true }
        lab.stored()
        lab.advance(by: .seconds(1))
        #expect(lab.ranks(of: younger, Lab.client) == [0, 1])
    }

    @Test("One that is cancelled while it is stored leaves those alone who watch")
    func cancelledWatcher() {
        var lab = lab()
        let first = lab.ask("A") { $0.wantsStatus = true }
        let second = lab.offer("A") { $0.wantsStatus = true }
        lab.cancel(second)
        lab.stored()
        lab.advance(by: .seconds(1))
        let third = lab.keep("A") { $0.wantsStatus = true }
        lab.attach(worker: 1, "A")
        lab.advance(by: .seconds(2))
        #expect(lab.ranks(of: first, Lab.client) == [0])
        #expect(lab.ranks(of: third, Lab.client) == [1, 0])
    }

    @Test("Who asks for the rank while it is stored is told when it waits")
    func watchedEarly() {
        var lab = lab()
        let number = lab.offer("A")
        lab.turn([.watched(Lab.client, number, true)])
        lab.stored()
        #expect(lab.ranks(of: number, Lab.client) == [0])
    }

    @Test("Who comes to one that is watched, or asks for the rank of it, is told, too")
    func lateWatcher() {
        var lab = lab()
        let first = lab.keep("A") { $0.wantsStatus = true }
        lab.advance(by: .seconds(2))
        lab.fetch(lab.id(of: first), as: 90, from: other)
        #expect(lab.ranks(of: number(90), other) == [0])
        lab.advance(by: .seconds(2))
        lab.turn([.watched(other, number(90), true)])
        #expect(lab.ranks(of: number(90), other) == [0, 0])
    }

    @Test("A connection has so many live requests, those it fetches included")
    func bound() {
        var lab = Lab(checks: false)
        lab.openStore()
        let first = lab.keep("A")
        for number in 0..<UInt64(Limits.listeners) {
            lab.fetch(lab.id(of: first), as: 100 + number)
        }
        // The crowd is turned to the store, which knows that it is none of its business.
        #expect(lab.storeWords.last?.hasPrefix("fetch") == true)
    }

    @Test("Without a store there is nothing to fetch")
    func noStore() {
        var lab = Lab()
        lab.fetch(RequestID(rawValue: 1), as: 5)
        #expect(lab.code(of: number(5)) == .unsupported)
    }
}

extension Lab {
    fileprivate func ranks(of number: RequestNumber, _ client: ClientID) -> [Int] {
        effects.compactMap {
            if case .status(client, number, let status) = $0 { status.rank } else { nil }
        }
    }
}

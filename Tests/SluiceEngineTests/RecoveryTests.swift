import SluiceEngine
import SluiceModel
import Testing

@Suite("What was stored before a restart is where it was")
struct RecoveryTests {
    private func lab(left: Predecessor.Left? = nil) -> Lab {
        var lab = Lab(after: 10)
        lab.turn([.restarted(after: Predecessor(left: left))])
        return lab
    }

    @Test("It waits at its place, for nobody who listens")
    func place() {
        var lab = lab()
        lab.recover("A", 9)
        lab.recover("A", 4)
        lab.openStore()
        let claimed = lab.claim("A", 7)
        lab.attach(worker: 1, "A", slots: 9) { $0.concurrencyLimit = Limit.none }
        #expect(lab.granted.isEmpty)
        lab.advance(by: .seconds(5))
        #expect(lab.granted == [4, 7, 9])
        #expect(lab.id(of: claimed).rawValue == 7)
    }

    @Test("With a worker that comes back it runs on, and not again")
    func running() {
        var lab = lab()
        lab.recover("A", 4, attempt: 1)
        lab.openStore()
        lab.attach(worker: 1, "A", slots: 0)
        lab.hold(worker: 1, "A", [4])
        lab.advance(by: .seconds(5))
        let at = lab.held(4)
        lab.answer(at, .completed)
        #expect(lab.storeWords.last == "finish 4 ok")
        #expect(lab.granted.isEmpty)
    }

    @Test("Stopped by the word of a daemon that could not store so, it is cancelled")
    func stopped() {
        var lab = lab()
        lab.recover("A", 4, attempt: 1)
        lab.openStore()
        lab.attach(worker: 1, "A", slots: 0)
        lab.hold(worker: 1, "A", [4])
        lab.answer(lab.held(4), .cancelled)
        lab.advance(by: .seconds(5))
        #expect(lab.storeWords.last == "finish 4 cancelled_by_client")
        #expect(lab.granted.isEmpty)
    }

    @Test("Whose worker does not come back it runs again, unless it must not")
    func lost() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        lab.attach(worker: 2, "B") { $0.retry = .never }
        lab.recover("A", 4, attempt: 1)
        lab.recover("B", 5, attempt: 1)
        lab.openStore()
        lab.advance(by: .seconds(5))
        #expect(lab.granted == [4])
        #expect(lab.storeWords.contains("finish 5 worker_died"))
    }

    @Test("What was given back has not begun, and may run whatever is said of twice")
    func givenBack() {
        var lab = lab()
        lab.attach(worker: 1, "B") { $0.retry = .never }
        lab.recover("B", 5, attempt: 1, isGivenBack: true)
        lab.openStore()
        lab.advance(by: .seconds(5))
        #expect(lab.granted == [5])
    }

    @Test("After a boot no worker comes back, and nobody waits for one")
    func boot() {
        var lab = Lab(after: 10)
        lab.turn([.remembered(Declaration(function: "B", settings: .init(retry: .never)))])
        lab.recover("A", 4, attempt: 1)
        lab.recover("B", 5, attempt: 1)
        lab.openStore()
        #expect(lab.storeWords == ["finish 5 worker_died"])
        lab.attach(worker: 1, "A")
        #expect(lab.granted == [4])
    }

    @Test("What comes back from the store counts as back")
    func complete() {
        var lab = lab(left: .init(requests: 1, grants: 0))
        lab.recover("A", 4)
        lab.openStore()
        lab.attach(worker: 1, "A")
        #expect(lab.granted == [4])
    }

    @Test("A function that nobody declared yet is known for it")
    func unknown() {
        var lab = lab()
        lab.recover("new", 4)
        #expect(lab.queue("new")?.waiting == 1)
    }

    @Test("New numbers go on above")
    func numbers() {
        var lab = Lab()
        lab.recover("A", 40)
        lab.openStore()
        #expect(lab.id(of: lab.ask("A")).rawValue == 41)
    }

    @Test("What failed can be asked for once more, as a new request for its user")
    func repetition() {
        var lab = Lab()
        lab.openStore()
        lab.attach(worker: 1, "A")
        var ask = Ask(number: RequestNumber(rawValue: 0), body: lab.freshBody(), bytes: 10)
        ask.isDetached = true
        let repetition = Repetition(
            of: RequestID(rawValue: 3), user: 7, function: "A", ask: ask)
        lab.turn([.repeated(repetition, token: 9)])
        #expect(lab.storeWords == ["accept 1"])
        #expect(lab.repeated(9) == nil)
        lab.stored()
        #expect(lab.repeated(9) == .success(RequestID(rawValue: 1)))
        #expect(lab.granted == [1])
    }

    @Test("Asked for once more it can be refused like any other")
    func refusedRepetition() {
        var lab = Lab()
        lab.openStore()
        lab.attach(worker: 1, "A")
        lab.command(.drain(.daemon))
        var ask = Ask(number: RequestNumber(rawValue: 0), body: lab.freshBody(), bytes: 10)
        ask.isDetached = true
        lab.turn([
            .repeated(
                Repetition(of: RequestID(rawValue: 3), user: 7, function: "A", ask: ask), token: 9)
        ])
        guard case .failure(.refused(let code, _)) = lab.repeated(9) else {
            Issue.record("it was not refused")
            return
        }
        #expect(code == .draining)
        #expect(lab.heldBodies.isEmpty)
    }
}

extension Lab {
    /// Requests in the order in which workers were given them.
    fileprivate var granted: [UInt64] {
        effects.compactMap {
            if case .item(_, _, _, let request, _, _) = $0 { request.rawValue } else { nil }
        }
    }

    func repeated(_ token: UInt64) -> Result<RequestID, RepetitionError>? {
        for case .repeated(token, let result) in effects { return result }
        return nil
    }
}

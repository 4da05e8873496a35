import SluiceEngine
import SluiceModel
import Testing

@Suite("After a restart what runs goes on")
struct HoldingTests {
    private func lab(_ change: (inout Configuration) -> Void = { _ in }) -> Lab {
        var lab = Lab(after: 10, change)
        lab.turn([.restarted(after: Predecessor())])
        lab.attach(worker: 1, "A", slots: 0)
        return lab
    }

    @Test("Whoever is first, client and worker find each other by the request's number")
    func meet() {
        for workerFirst in [true, false] {
            var lab = lab()
            if workerFirst { lab.hold(worker: 1, "A", [4]) }
            let old = lab.claim("A", 4, attempt: 1)
            if !workerFirst { lab.hold(worker: 1, "A", [4]) }
            lab.start(old)
            lab.finish(old)
            #expect(lab.code(of: old) == .ok)
            #expect(lab.conclusion(of: old)?.attempts == 1)
            lab.advance(by: .seconds(5))
            #expect(lab.grants.isEmpty && lab.revocations == 0)
        }
    }

    @Test("Workers that name more than all may have had are told to stop with the rest")
    func tooMany() {
        var lab = Lab(checks: false, after: 1 << 18)
        lab.turn([.restarted(after: Predecessor())])
        lab.attach(worker: 1, "A", slots: 0)
        let batches = Limits.awaitedRequests / Limits.batchSize
        for batch in 0...batches {
            let first = UInt64(batch * Limits.batchSize)
            let numbers = (1...UInt64(Limits.batchSize)).map { first + $0 }
            lab.hold(worker: 1, "A", batch < batches ? numbers : [first + 1], as: first + 1)
        }
        #expect(lab.revocations == 1)
    }

    @Test("What a worker says before its client is back is said to the client then, in order")
    func early() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4])
        let item = lab.held(4)
        lab.turn([.started(item.worker, item.grant, item: 0)])
        lab.say(4, .chunk(sequence: 0))
        lab.say(4, .chunk(sequence: 1))
        lab.answer(item, .completed)
        lab.answer(item, .failed)
        #expect(lab.acknowledgements.isEmpty)
        lab.forgetEffects()
        let old = lab.claim("A", 4)
        #expect(lab.story(of: old) == ["admitted", "started 1", "chunk 0", "chunk 1", "ok"])
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("What nobody comes for is stopped, keeps its place, and its answer may be forgotten")
    func unclaimed() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4, 5])
        let (running, done) = (lab.held(4), lab.held(5))
        lab.answer(done, .completed)
        lab.attach(worker: 2, "A")
        lab.advance(by: .seconds(5))
        #expect(lab.revocations == 1)
        #expect(lab.acknowledgements.count == 1)
        let new = lab.ask("A")
        #expect(lab.grants.isEmpty, "the place is taken until the worker has answered")
        lab.answer(running, .cancelled)
        #expect(lab.grants == [[new.rawValue]])
        #expect(lab.daemon().running == 1)
    }

    @Test("What a worker has takes its place and its slot, also over a limit")
    func overLimit() {
        var lab = lab { $0.daemon.maxRunning = .at(1) }
        lab.attach(worker: 2, "B", slots: 0)
        lab.hold(worker: 1, "A", [4])
        lab.hold(worker: 1, "A", [5], as: 78)
        lab.hold(worker: 2, "B", [6], as: 79)
        for (function, number) in [("A", 4), ("A", 5), ("B", 6)] {
            lab.claim(function, UInt64(number))
        }
        lab.attach(worker: 3, "A", "B", slots: 4)
        lab.claim("A", 7)
        lab.advance(by: .seconds(5))
        #expect(lab.daemon().running == 3)
        lab.finish(.number(1))
        lab.finish(.number(2))
        #expect(lab.grants.isEmpty)
        lab.finish(.number(3))
        #expect(lab.grants == [[4]])
    }

    @Test("A worker that comes late has what still waits, and stops the rest")
    func late() {
        var lab = lab()
        let first = lab.claim("A", 4)
        let second = lab.claim("A", 5)
        lab.attach(worker: 2, "A")
        lab.advance(by: .seconds(5))
        #expect(lab.grants == [[first.rawValue]])
        lab.hold(worker: 1, "A", [4])
        #expect(lab.revocations == 1)
        lab.hold(worker: 1, "A", [5], as: 78)
        lab.finish(second)
        #expect(lab.code(of: second) == .ok)
        #expect(lab.code(of: first) == nil)
    }

    @Test("The latest attempt counts where two workers have a request")
    func attempts() {
        var lab = lab()
        lab.attach(worker: 2, "A", slots: 0)
        lab.hold(worker: 1, "A", [4], attempt: 1)
        lab.hold(worker: 2, "A", [4], attempt: 2, as: 78)
        #expect(lab.revocations == 1)
        let old = lab.claim("A", 4, attempt: 1)
        lab.finish(old)
        #expect(lab.conclusion(of: old)?.attempts == 2)
    }

    @Test("An item that was acknowledged before needs no answer; a batch of such is forgotten")
    func acknowledged() {
        var lab = lab()
        lab.hold(worker: 1, "A", [nil, 4])
        let old = lab.claim("A", 4)
        lab.finish(old)
        #expect(lab.daemon().running == 0)
        lab.hold(worker: 1, "A", [nil], as: 78)
        #expect(lab.acknowledgements.count == 1)
        #expect(lab.daemon().running == 0)
    }

    @Test("A worker that dies again leaves its answers; what it had begun runs again if it may")
    func diesAgain() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4, 5, 6])
        lab.answer(lab.held(4), .completed)
        lab.turn([.started(WorkerID(rawValue: 1), lab.held(5).grant, item: 1)])
        lab.say(6, .chunk(sequence: 0))
        lab.die(worker: 1)
        #expect(lab.daemon().running == 0)
        lab.attach(worker: 2, "A", slots: 1) { $0.retry = .never }
        let (answered, begun, spoken) = (lab.claim("A", 4), lab.claim("A", 5), lab.claim("A", 6))
        #expect(lab.code(of: answered) == .ok)
        #expect(lab.code(of: begun) == .workerDied)
        #expect(lab.code(of: spoken) == .workerDied)
        #expect(lab.heldBodies.isEmpty)
    }

    @Test("A worker that dies after it met its client is a death like any other")
    func diesMet() {
        var lab = lab()
        let old = lab.claim("A", 4)
        lab.hold(worker: 1, "A", [4])
        lab.start(old)
        lab.die(worker: 1)
        lab.attach(worker: 2, "A")
        #expect(lab.grants.isEmpty)
        lab.advance(by: .seconds(5))
        #expect(lab.grants == [[old.rawValue]])
        #expect(lab.attempts(of: old) == [2])
    }

    @Test("Memory that ran out is sorted out when it is known whose requests those were")
    func memory() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4, 5])
        lab.turn([.ranOutOfMemory(WorkerID(rawValue: 1), lab.held(4).grant)])
        let old = lab.claim("A", 4)
        #expect(lab.daemon().running == 1)
        lab.advance(by: .seconds(5))
        #expect(lab.daemon().running == 0)
        #expect(lab.revocations == 0 && lab.acknowledgements.count == 1)
        #expect(lab.code(of: old) == nil)
    }

    @Test("A batch is named before READY, by who serves its function, and once")
    func rules() {
        var lab = lab()
        lab.hold(worker: 1, "B", [4])
        #expect(lab.revocations == 1 && lab.daemon().running == 0)
        lab.hold(worker: 1, "A", [4], as: 78)
        lab.hold(worker: 1, "A", [4], as: 78)
        #expect(lab.revocations == 1 && lab.daemon().running == 1)
        lab.attach(worker: 2, "A", slots: 1)
        lab.hold(worker: 2, "A", [5], as: 79)
        lab.attach(worker: 3, "A", slots: 0)
        lab.hold(worker: 3, "A", [5], as: 78)
        #expect(lab.revocations == 3 && lab.daemon().running == 1)
    }

    @Test("A request of another function than its worker says is not that worker's")
    func otherFunction() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4])
        let other = lab.claim("B", 4)
        #expect(lab.revocations == 1)
        #expect(lab.code(of: other) == nil)
    }

    @Test("A client that cancels what its worker has frees it as ever")
    func cancelled() {
        var lab = lab()
        lab.hold(worker: 1, "A", [4])
        let old = lab.claim("A", 4)
        lab.cancel(old)
        #expect(lab.code(of: old) == .cancelledByClient)
        #expect(lab.revocations == 1 && lab.daemon().running == 1)
        lab.answer(lab.held(4), .cancelled)
        #expect(lab.daemon().running == 0)
    }
}

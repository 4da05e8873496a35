import SluiceEngine
import SluiceModel
import Testing

@Suite("After a restart everybody has again what was theirs")
struct ReclaimTests {
    /// An engine that begins behind one that gave ten numbers, with somebody to come back.
    private func lab(
        left: Predecessor.Left? = nil, _ change: (inout Configuration) -> Void = { _ in }
    ) -> Lab {
        var lab = Lab(after: 10, change)
        lab.turn([.restarted(after: Predecessor(left: left))])
        return lab
    }

    @Test("Nothing starts while those from before may still come back, and then the oldest first")
    func order() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let new = lab.ask("A")
        let old = lab.claim("A", 7)
        #expect(lab.grants.isEmpty)
        #expect(lab.id(of: old).rawValue == 7)
        #expect(lab.id(of: new).rawValue == 11)
        #expect(lab.explain(new)?.blocker == .reclaiming)
        lab.advance(by: .microseconds(752_375))
        #expect(lab.explain(new)?.message.hasSuffix("for 4.3 s at most") == true)
        lab.advance(by: .seconds(5))
        #expect(lab.grants == [[old.rawValue]])
        lab.finish(old)
        #expect(lab.grants == [[old.rawValue], [new.rawValue]])
    }

    @Test("Claims take their places in whatever order they come")
    func places() {
        var lab = lab()
        lab.attach(worker: 1, "A", slots: 9) { $0.concurrencyLimit = Limit.none }
        let numbers = [5, 2, 9, 3, 8, 1].map { lab.claim("A", $0).rawValue }
        lab.advance(by: .seconds(5))
        #expect(lab.grants == [5, 1, 3, 0, 4, 2].map { [numbers[$0]] })
    }

    @Test("What a client says of earlier attempts may be anything")
    func attempts() {
        var lab = lab()
        lab.attach(worker: 1, "A")
        let old = lab.claim("A", 7, attempt: Int(UInt32.max))
        lab.advance(by: .seconds(5))
        #expect(lab.grants == [[old.rawValue]])
        lab.finish(old)
        #expect(lab.code(of: old) == .ok)
    }

    @Test("Without anybody to come back nothing waits")
    func fresh() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.ask("A")
        #expect(lab.grants == [[1]])
    }

    @Test("After a stop in peace the wait is over when all that was left is back")
    func complete() {
        var lab = lab(left: .init(requests: 2, grants: 1))
        lab.attach(worker: 1, "A", slots: 0)
        lab.attach(worker: 2, "A")
        lab.hold(worker: 1, "A", [4])
        lab.claim("A", 4)
        #expect(lab.grants.isEmpty)
        #expect(lab.gathered.isEmpty)
        #expect(lab.daemon().reclaimEndsAt == Instant(nanoseconds: 5_000_000_000))
        let waiting = lab.claim("A", 6)
        // It is told in that turn, and nothing is due at the end of the window any more.
        #expect(lab.gathered == [[2, 1, 0]])
        #expect(lab.daemon().reclaimEndsAt == nil)
        #expect(lab.nextDeadline.map { $0 < .seconds(5) } ?? true)
        // A claim that comes now is late.
        #expect(lab.id(of: lab.claim("A", 7)).rawValue > 10)
        // One runs, and the limit is 1.
        #expect(lab.grants.isEmpty)
        lab.finish(.number(1))
        #expect(lab.grants == [[waiting.rawValue]])
    }

    @Test("A number counts once: the second to claim it is new")
    func twice() {
        var lab = lab()
        lab.join(client: 2)
        let first = lab.claim("A", 4)
        let second = lab.claim("A", 4, from: ClientID(rawValue: 2))
        #expect(lab.id(of: first).rawValue == 4)
        #expect(lab.id(of: second).rawValue == 11)
        // Nor does it count again when the first has its outcome.
        lab.cancel(first)
        #expect(lab.id(of: lab.claim("A", 4)).rawValue == 12)
    }

    @Test("A claim is new once the time is over, and of a number that was never given")
    func late() {
        var lab = lab()
        #expect(lab.id(of: lab.claim("A", 11)).rawValue == 0, "nobody knows the function")
        lab.attach(worker: 1, "A")
        #expect(lab.id(of: lab.claim("A", 999)).rawValue > 10)
        lab.advance(by: .seconds(5))
        #expect(lab.id(of: lab.claim("A", 4)).rawValue > 10)
    }

    @Test("Limits on how many do not refuse what was let in before; the new is refused")
    func limits() {
        var lab = lab {
            $0.daemon.maxSize = .at(1)
            $0.daemon.maxRequestsPerUser = .at(2)
            $0.queues["A"] = QueueSettings(maxSize: .at(1))
        }
        let claims = (1...3).map { lab.claim("A", $0) }
        #expect(claims.map { lab.code(of: $0) } == [nil, nil, nil])
        lab.command(.drain(.queue("A")))
        #expect(lab.code(of: lab.claim("A", 4)) == nil)
        #expect(lab.code(of: lab.ask("A")) == .draining)
        lab.command(.resume(.queue("A")))
        #expect(lab.code(of: lab.ask("A")) == .overQuota)
        lab.join(client: 2, user: 7)
        let other = lab.submit(["A"], from: ClientID(rawValue: 2))[0]
        #expect(lab.code(of: other) == .queueFull)
    }

    @Test(
        "Claims of a user and what it has that is new may be twice its quota, over all connections")
    func quota() {
        var lab = lab {
            $0.daemon.maxRequestsPerUser = .at(2)
            $0.functions["A"] = FunctionSettings()
        }
        lab.join(client: 2)
        lab.join(client: 3, user: 7)
        let other = ClientID(rawValue: 2)
        // That it asked anew first takes nothing from what was let in before.
        #expect(lab.submit("A", "A").map { lab.code(of: $0) } == [nil, nil])
        #expect(lab.code(of: lab.claim("A", 1)) == nil)
        #expect(lab.code(of: lab.claim("A", 2, from: other)) == nil)
        #expect(lab.code(of: lab.claim("A", 3)) == .overQuota)
        #expect(lab.code(of: lab.claim("A", 4, from: other)) == .overQuota)
        #expect(lab.code(of: lab.claim("A", 5, from: ClientID(rawValue: 3))) == nil)
    }

    @Test("What was with a worker does not count as waiting bytes; so many as can have been")
    func begunBytes() {
        var lab = lab {
            $0.daemon.maxBytes = 100
            $0.daemon.maxRunning = .at(1)
            $0.functions["A"] = FunctionSettings(batch: true, maxBatchSize: 2)
        }
        func large(_ submission: inout Submission) { submission.bytes = 10_000 }
        let begun = [1, 2].map { lab.claim("A", $0, attempt: 1, large) }
        #expect(begun.map { lab.code(of: $0) } == [nil, nil])
        #expect(lab.code(of: lab.claim("A", 3, attempt: 1, large)) == .queueFull)
        // Nor do they take the room of what waited.
        #expect(lab.code(of: lab.claim("A", 4)) == nil)
        #expect(lab.code(of: lab.claim("A", 5)) == nil)
        #expect(lab.code(of: lab.claim("A", 6)) == .queueFull)
        // With their worker they are where they were, and others may have been, too.
        lab.attach(worker: 1, "A", slots: 0) { $0.batch = true }
        lab.hold(worker: 1, "A", [1, 2])
        #expect(lab.daemon().heldBytes == 200)
        #expect(lab.code(of: lab.claim("A", 7, attempt: 1, large)) == nil)
        lab.cancel(begun[0])
        lab.advance(by: .seconds(5))
        #expect(lab.daemon().heldBytes == 10_200)
    }

    @Test("A claim of a daemon whose time is over is new, and fails where it must not run twice")
    func obsolete() {
        var lab = lab()
        lab.attach(worker: 1, "A", slots: 0) { $0.retry = .never }
        #expect(lab.id(of: lab.claim("A", 0)).rawValue == 11)
        #expect(lab.code(of: lab.claim("A", 0, attempt: 1)) == .workerDied)
    }

    @Test("Memory bounds claims: twice max_bytes and max_files, with what is new")
    func memory() {
        var lab = lab {
            $0.daemon.maxBytes = 100
            ($0.daemon.maxFiles, $0.daemon.maxFilesPerUser) = (1, Limit.none)
            $0.queues["A"] = QueueSettings()
            $0.functions["A"] = FunctionSettings()
        }
        #expect(lab.code(of: lab.claim("A", 1)) == nil)
        #expect(lab.code(of: lab.claim("A", 2)) == nil)
        #expect(lab.code(of: lab.claim("A", 3)) == .queueFull)
        func inFile(_ submission: inout Submission) {
            submission.holdsBytes = false
            submission.holdsFile = true
        }
        #expect(lab.code(of: lab.claim("A", 4, inFile)) == nil)
        #expect(lab.code(of: lab.claim("A", 5, inFile)) == nil)
        #expect(lab.code(of: lab.claim("A", 6, inFile)) == .queueFull)
    }

    @Test("Who may not ask for a function may not with a ticket")
    func permission() {
        var lab = lab { $0.functions["A"] = FunctionSettings(allowUsers: [7]) }
        #expect(lab.code(of: lab.claim("A", 1)) == .notPermitted)
    }

    @Test("What had begun and must not run twice fails where its worker does not come back")
    func never() {
        var lab = lab()
        lab.attach(worker: 1, "A", slots: 1) { $0.retry = .never }
        lab.attach(worker: 2, "B", slots: 1)
        let unbegun = lab.claim("A", 1)
        let begun = lab.claim("A", 2, attempt: 1)
        let streamed = lab.claim("B", 3, attempt: 1, chunks: 4)
        let pure = lab.claim("B", 4, attempt: 1)
        lab.advance(by: .seconds(5))
        #expect(lab.code(of: begun) == .workerDied)
        #expect(lab.code(of: streamed) == .workerDied)
        #expect(lab.grants == [[unbegun.rawValue], [pure.rawValue]])
        #expect(lab.attempts(of: pure) == [2], "its client has heard of the first")
        // Nor when it comes too late.
        #expect(lab.code(of: lab.claim("A", 5, attempt: 1)) == .workerDied)
    }

    @Test("What had begun waits for its worker, also when all that was left seems to be back")
    func begun() {
        var lab = lab(left: .init(requests: 1, grants: 0))
        lab.attach(worker: 1, "A", slots: 0)
        lab.attach(worker: 2, "A")
        let old = lab.claim("A", 1, attempt: 1)
        #expect(lab.grants.isEmpty)
        lab.hold(worker: 1, "A", [1])
        lab.finish(old)
        #expect(lab.code(of: old) == .ok)
        #expect(lab.grants.isEmpty)
    }

    @Test("A queue_timeout does not end what had begun, and deadlines go on as the client says")
    func timeouts() {
        var lab = lab()
        let begun = lab.claim("A", 1, attempt: 1) { $0.queueTimeout = .seconds(1) }
        let waiting = lab.claim("A", 2) { $0.queueTimeout = .seconds(1) }
        let due = lab.claim("A", 3, attempt: 1) { $0.deadline = .seconds(2) }
        lab.advance(by: .seconds(3))
        #expect(lab.code(of: begun) == nil)
        #expect(lab.code(of: waiting) == .queueTimeout)
        #expect(lab.code(of: due) == .deadline)
    }
}

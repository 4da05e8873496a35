import SluiceEngine
import SluiceModel
import Testing

@Suite("Resize, pause, resume and drain, while it runs")
struct ControlTests {
    /// Two of three places taken, two requests waiting.
    private func lab(limit: Limit = .at(2)) -> Lab {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 8) { $0.concurrencyLimit = limit }
        lab.submit("A", "A", "A", "A")
        return lab
    }

    private func set(_ limit: Limit?) -> Command {
        .set(.queue("A"), [.concurrencyLimit(limit)])
    }

    // MARK: Resize

    @Test("Up: what now has a place starts in the same turn")
    func up() {
        var lab = lab()
        #expect(
            lab.command(set(.at(3)))
                == .done([
                    Change(
                        key: "concurrency_limit", old: .limit(.at(2)), new: .limit(.at(3)),
                        source: .override)
                ]))
        #expect(lab.grants == [[1], [2], [3]])
    }

    @Test("Down below what runs: nothing is killed, nothing starts until there is room")
    func down() {
        var lab = lab()
        lab.command(set(.at(1)))
        #expect(lab.queue("A")?.overBy == 1)
        #expect(lab.revocations == 0)
        lab.finish(.number(1))
        #expect(lab.grants.count == 2)
        #expect(lab.queue("A")?.overBy == 0)
        lab.finish(.number(2))
        #expect(lab.grants.count == 3)
    }

    @Test("0 lets nothing start and accepts; resume changes no limit")
    func zero() {
        var lab = lab()
        lab.command(set(.at(0)))
        lab.finish(.number(1), .number(2))
        #expect(lab.grants.count == 2)
        lab.command(.resume(.queue("A")))
        #expect(lab.grants.count == 2)
        #expect(lab.code(of: lab.ask("A")) == nil)
    }

    @Test("None: bounded by slots and max_running only")
    func none() {
        var lab = lab()
        lab.command(set(Limit.none))
        #expect(lab.grants.count == 4)
    }

    @Test("An override taken back leaves what was in force before it")
    func takenBack() {
        var lab = lab()
        lab.command(set(.at(1)))
        #expect(lab.queue("A")?.concurrencySource == .override)
        lab.command(set(nil))
        #expect(lab.queue("A")?.concurrencyLimit == .at(2))
        #expect(lab.queue("A")?.concurrencySource == .declaration)
    }

    @Test("max_running of the daemon is resized alike")
    func maxRunning() {
        var lab = lab(limit: .none)
        #expect(lab.grants.count == 4)
        lab.command(.set(.daemon, [.maxRunning(.at(1))]))
        lab.finish(.number(1), .number(2), .number(3))
        lab.submit("A")
        #expect(lab.grants.count == 4)
        lab.finish(.number(4))
        #expect(lab.grants.count == 5)
    }

    @Test("A batch size set by an operator counts for the next batch")
    func batchSize() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.batch = true }
        lab.command(.set(.function("A"), [.maxBatchSize(2)]))
        lab.submit("A", "A", "A")
        #expect(lab.grants == [[1, 2]])
    }

    @Test("A change is refused whole, and the refusal names target, key and what is allowed")
    func refusedChanges() {
        var lab = lab()
        #expect(lab.command(.set(.queue("B"), [.maxSize(.at(1))])) == .refused(.unknownQueue("B")))
        #expect(
            lab.command(.set(.queue("A"), [.concurrencyLimit(.at(9)), .maxRunning(.at(1))]))
                == .refused(.notAKey("max_running", of: .queue("A"))))
        #expect(lab.queue("A")?.concurrencyLimit == .at(2))
        #expect(
            lab.command(set(.at(-1)))
                == .refused(
                    .valueOutOfRange(
                        key: "concurrency_limit", value: "-1",
                        allowed: "0 to 1000000000, or \"none\"")))
        #expect(
            lab.command(.set(.function("A"), [.maxBatchSize(8)]))
                == .refused(
                    .valueOutOfRange(
                        key: "max_batch_size", value: "8",
                        allowed: "1: the function does not take batches")))
    }

    // MARK: Holds

    @Test("Paused, it accepts and holds; resumed, it goes on where it was")
    func pause() {
        for target in [Target.daemon, .queue("A"), .function("A"), .worker(WorkerID(rawValue: 1))] {
            var lab = lab()
            lab.command(.pause(target))
            lab.finish(.number(1))
            #expect(lab.code(of: lab.ask("A")) == nil, "\(target)")
            #expect(lab.grants.count == 2, "\(target)")
            lab.command(.resume(target))
            #expect(lab.grants.count == 3, "\(target)")
        }
    }

    @Test("Draining, it refuses new requests, finishes the accepted ones and says so")
    func drain() {
        for target in [Target.daemon, .queue("A"), .function("A")] {
            var lab = lab()
            lab.command(.drain(target))
            for number in 1...4 as ClosedRange<UInt64> { lab.finish(.number(number)) }
            let drained = lab.notices.count {
                if case .drained(target) = $0 { true } else { false }
            }
            #expect(drained == 1, "\(target)")
            #expect(lab.grants.count == 4)
        }
    }

    @Test("A drained worker is told, finishes what it has and gets no more")
    func drainWorker() {
        var lab = lab()
        lab.command(.drain(.worker(WorkerID(rawValue: 1))))
        #expect(lab.effects.contains { if case .drain = $0 { true } else { false } })
        lab.finish(.number(1), .number(2))
        #expect(lab.grants.count == 2)
        lab.attach(worker: 2, "A", slots: 8) { $0.concurrencyLimit = .at(2) }
        #expect(lab.grantees == [1, 1, 2, 2])
    }

    @Test("A paused worker gets no more, the others go on, and resumed it takes its share")
    func pauseWorker() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.concurrencyLimit = .at(2) }
        lab.attach(worker: 2, "A") { $0.concurrencyLimit = .at(2) }
        lab.command(.pause(.worker(WorkerID(rawValue: 1))))
        lab.submit("A", "A")
        #expect(lab.grantees == [2])
        lab.command(.resume(.worker(WorkerID(rawValue: 1))))
        #expect(lab.grantees == [2, 1])
    }

    @Test("Holding one queue leaves the others alone")
    func othersGoOn() {
        var lab = lab()
        lab.attach(worker: 2, "B")
        lab.command(.pause(.queue("A")))
        lab.submit("B")
        #expect(lab.grants.last == [5])
    }

    // MARK: Functions

    @Test("What a forgotten function declared is forgotten with it")
    func forgetLiftsTheLimit() {
        var lab = Lab()
        lab.attach(worker: 1, "f") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(1)
        }
        lab.attach(worker: 2, "g", slots: 4) {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(2)
        }
        lab.die(worker: 1)
        lab.command(.forget(function: "f"))
        #expect(lab.queue("q")?.concurrencyLimit == .at(2))
        #expect(lab.queue("q")?.warning == nil)
        lab.submit("g", "g")
        #expect(lab.grants.count == 2)
    }

    @Test("A function is forgotten only while nobody serves it and nobody waits for it")
    func forget() {
        var lab = lab()
        #expect(lab.command(.forget(function: "A")) == .refused(.inUse(function: "A")))
        lab.finish(.number(1), .number(2))
        lab.finish(.number(3), .number(4))
        lab.die(worker: 1)
        #expect(lab.command(.forget(function: "A")) == .done([]))
        #expect(lab.queue("A") == nil)
        #expect(lab.code(of: lab.ask("A")) == .unknownFunction)
    }
}

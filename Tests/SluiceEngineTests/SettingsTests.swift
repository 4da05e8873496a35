import SluiceEngine
import SluiceModel
import Testing

@Suite("Limits that disagree: override > configuration > declaration > default")
struct SettingsTests {
    private func limit(_ lab: borrowing Lab) -> Limit? { lab.queue("q")?.concurrencyLimit }

    @Test("Each source goes before the next")
    func precedence() {
        var lab = Lab { $0.daemon.defaultConcurrencyLimit = .at(7) }
        lab.attach(worker: 1, "A") { $0.concurrencyID = "q" }
        #expect(limit(lab) == .at(7))
        #expect(lab.queue("q")?.concurrencySource == .default)
        lab.attach(worker: 2, "B") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(3)
        }
        #expect(limit(lab) == .at(3))
        var configuration = Configuration()
        configuration.queues["q"] = QueueSettings(concurrencyLimit: .at(5))
        lab.turn([.configured(configuration)])
        #expect(limit(lab) == .at(5))
        lab.command(.set(.queue("q"), [.concurrencyLimit(.at(1))]))
        #expect(limit(lab) == .at(1))
    }

    @Test("The lowest declared limit holds, with a visible warning; who declares none has no part")
    func lowestDeclared() {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(4)
        }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "q" }
        #expect(limit(lab) == .at(4))
        #expect(lab.queue("q")?.warning == nil)
        lab.attach(worker: 3, "C") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(2)
        }
        #expect(limit(lab) == .at(2))
        #expect(
            lab.queue("q")?.warning
                == "concurrency_limit of queue q: A declares 4, C declares 2; "
                + "2 is in force (declaration)")
        #expect(lab.notices.contains { if case .limitsDisagree = $0 { true } else { false } })
    }

    @Test("A declaration outlives its worker until the function is declared anew")
    func outlives() {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(4)
        }
        lab.die(worker: 1)
        #expect(limit(lab) == .at(4))
        lab.attach(worker: 2, "A") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(6)
        }
        #expect(limit(lab) == .at(6))
    }

    @Test("A function declared into another queue takes its line along, in order")
    func moves() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.submit(["A", "A", "A"]) { $0.wantsStatus = true }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "q" }
        lab.submit(["B", "B"]) { $0.wantsStatus = true }
        lab.attach(worker: 3, "A") { $0.concurrencyID = "q" }
        #expect(lab.queue("q")?.waiting == 3)
        lab.finish(.number(1), .number(4))
        #expect(lab.grants == [[1], [4], [2]])
        lab.finish(.number(2))
        #expect(lab.grants.last == [3])
        #expect(lab.queue("A") == nil)
    }

    @Test("A function declared into a queue leaves no queue of its own name behind")
    func noEmptyQueues() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.concurrencyID = "q" }
        #expect(lab.daemon().queues == 1)
    }

    @Test("A reload drops nothing: a limit below what runs or waits lets nothing more in")
    func reload() {
        var lab = Lab { $0.queues["A"] = QueueSettings(concurrencyLimit: .at(2)) }
        lab.attach(worker: 1, "A", slots: 4)
        lab.submit("A", "A", "A")
        var configuration = Configuration()
        configuration.queues["A"] = QueueSettings(concurrencyLimit: .at(1), maxSize: .at(0))
        lab.turn([.configured(configuration)])
        #expect(lab.queue("A")?.overBy == 1)
        #expect(lab.queue("A")?.waiting == 1)
        #expect(lab.code(of: lab.ask("A")) == .queueFull)
        lab.turn([.configured(Configuration())])
        #expect(lab.queue("A")?.concurrencyLimit == .at(1))
        #expect(lab.queue("A")?.concurrencySource == .default)
    }

    @Test("Settings of the configuration go before those that the worker declares")
    func functionSettings() {
        var lab = Lab { $0.functions["A"] = FunctionSettings(maxBatchSize: 2) }
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 16
        }
        lab.submit("A", "A", "A")
        #expect(lab.grants == [[1, 2]])
    }

    @Test("What an operator set before a restart is in force before its worker is back")
    func restored() {
        var lab = Lab()
        lab.turn([
            .restored(.set(.queue("A"), [.concurrencyLimit(.at(2))])),
            .restored(.set(.function("A"), [.maxBatchSize(3)])),
            .restored(.pause(.queue("B"))),
        ])
        lab.attach(worker: 1, "A", slots: 4) {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        lab.attach(worker: 2, "B")
        lab.submit(Array(repeating: "A", count: 7) + ["B"])
        #expect(lab.grants == [[1, 2, 3], [4, 5, 6]])
        #expect(lab.queue("B")?.hold == .paused)
    }

    @Test("A function that was declared before a restart is known: its requests wait")
    func remembered() {
        var lab = Lab()
        var settings = FunctionSettings()
        settings.concurrencyID = "q"
        settings.concurrencyLimit = .at(2)
        lab.turn([.remembered(Declaration(function: "A", settings: settings))])
        let number = lab.ask("A")
        #expect(lab.code(of: number) == nil)
        #expect(lab.explain(number)?.blocker == .noWorker)
        #expect(limit(lab) == .at(2))
        lab.attach(worker: 1, "A") { $0.concurrencyID = "q" }
        #expect(lab.grants == [[1]])
        #expect(limit(lab) == .at(1))
    }

    @Test("A kept value that the key cannot have is not made again, and said")
    func notRestored() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.batch = true }
        lab.turn([.restored(.set(.function("A"), [.maxBatchSize(0)]))])
        #expect(
            lab.notices.contains {
                if case .notRestored(.function("A"), "max_batch_size") = $0 { true } else { false }
            })
        lab.submit("A")
        #expect(lab.grants == [[1]])
    }

    @Test("A queue that its function left is forgotten, though its requests were watched")
    func leftWhileWatched() {
        var lab = Lab()
        lab.attach(worker: 1, "f") { $0.concurrencyID = "a" }
        lab.submit(["f", "f", "f", "f", "f"]) { $0.wantsStatus = true }
        lab.advance(by: .seconds(1))
        lab.finish(.number(1))
        lab.finish(.number(2))
        let moved = FunctionSettings(concurrencyID: "b")
        lab.turn([.declared(WorkerID(rawValue: 1), Declaration(function: "f", settings: moved))])
        for number in 3...5 as ClosedRange<UInt64> { lab.finish(.number(number)) }
        lab.advance(by: .seconds(10))
        #expect(lab.queue("a") == nil)
    }
}

import SluiceEngine
import SluiceModel
import Testing

@Suite("Order: first in, first out within a queue, across its functions")
struct OrderTests {
    @Test("With every function in a queue of its own, A B A A C B A starts 1, 2 and 5")
    func theExample() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.attach(worker: 2, "B")
        lab.attach(worker: 3, "C")
        lab.submit("A", "B", "A", "A", "C", "B", "A")
        #expect(lab.grants == [[1], [2], [5]])
    }

    @Test("… and whenever a worker finishes it takes the next of its own function")
    func theExampleGoesOn() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.attach(worker: 2, "B")
        lab.attach(worker: 3, "C")
        lab.submit("A", "B", "A", "A", "C", "B", "A")
        lab.finish(.number(5))
        #expect(lab.grants.count == 3)
        lab.finish(.number(1))
        lab.finish(.number(2))
        lab.finish(.number(3))
        lab.finish(.number(4))
        #expect(lab.grants == [[1], [2], [5], [3], [6], [4], [7]])
        #expect(lab.grantees == [1, 2, 3, 1, 2, 1, 1])
    }

    @Test("Three functions share a queue with two places; the limit is declared on one of them")
    func sharedQueue() {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "gpu_queue"
            $0.concurrencyLimit = .at(2)
        }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "gpu_queue" }
        lab.attach(worker: 3, "C") { $0.concurrencyID = "gpu_queue" }
        lab.submit("A", "B", "C", "A")
        #expect(lab.grants == [[1], [2]])
        #expect(lab.queue("gpu_queue")?.running == 2)

        lab.finish(.number(2))
        #expect(lab.grants == [[1], [2], [3]])
        lab.finish(.number(1))
        #expect(lab.grants == [[1], [2], [3], [4]])
    }

    @Test("A function with no free worker does not block the queue for the others")
    func noHeadOfLineBlocking() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { settings in
            settings.concurrencyID = "q"
            settings.concurrencyLimit = .at(3)
        }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "q" }
        lab.submit("A", "A", "B")
        #expect(lab.grants == [[1], [3]])
    }

    @Test("Where max_running is scarce, the oldest runnable request across queues goes first")
    func maxRunningIsSharedByAge() {
        var lab = Lab { $0.daemon.maxRunning = .at(1) }
        for (worker, function) in [(1, "A"), (2, "B"), (3, "C")] {
            lab.attach(worker: UInt64(worker), function)
        }
        lab.submit("C", "B", "A", "C")
        #expect(lab.grants == [[1]])
        lab.finish(.number(1))
        lab.finish(.number(2))
        lab.finish(.number(3))
        #expect(lab.grants == [[1], [2], [3], [4]])
        #expect(lab.daemon().running == 1)
    }

    @Test("Where a worker shared by two queues is scarce, the older request gets it")
    func sharedWorkerGoesToTheOldest() {
        var lab = Lab()
        lab.attach(worker: 1, "A", "B")
        lab.submit("B", "A", "B", "A")
        for number in 1...3 { lab.finish(.number(UInt64(number))) }
        #expect(lab.grants == [[1], [2], [3], [4]])
    }

    @Test("Among workers with a free slot the least busy one gets the batch")
    func leastBusyWorker() {
        var lab = Lab { $0.daemon.defaultConcurrencyLimit = .none }
        lab.attach(worker: 1, "A", slots: 2)
        lab.attach(worker: 2, "A", slots: 2)
        lab.submit("A", "A", "A", "A", "A")
        #expect(lab.grantees == [1, 2, 1, 2])
        lab.finish(.number(3))
        #expect(lab.grantees == [1, 2, 1, 2, 1])
    }

    @Test("Without a limit, worker slots and max_running bound a queue")
    func noLimit() {
        var lab = Lab { $0.daemon.maxRunning = .at(5) }
        lab.attach(worker: 1, "A", slots: 3) { $0.concurrencyLimit = Limit.none }
        lab.submit(Array(repeating: "A", count: 9))
        #expect(lab.grants.count == 3)
        lab.attach(worker: 2, "A", slots: 9) { $0.concurrencyLimit = Limit.none }
        #expect(lab.grants.count == 5)
    }

    @Test("A request whose function was configured and never declared waits for its worker")
    func waitsForItsWorker() {
        var lab = Lab { $0.functions["late"] = FunctionSettings() }
        let number = lab.ask("late")
        #expect(lab.grants.isEmpty)
        #expect(lab.code(of: number) == nil)
        lab.attach(worker: 1, "late")
        #expect(lab.grants == [[1]])
    }
}

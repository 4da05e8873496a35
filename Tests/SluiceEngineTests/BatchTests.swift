import SluiceEngine
import SluiceModel
import Testing

@Suite("Batching is work-conserving")
struct BatchTests {
    private static func batching(_ size: Int? = nil, delay: Duration? = nil)
        -> (inout FunctionSettings) -> Void
    {
        {
            $0.batch = true
            $0.maxBatchSize = size
            $0.maxBatchDelay = delay
        }
    }

    @Test("A function that does not batch gets batches of 1")
    func singles() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 4) { $0.concurrencyLimit = .at(4) }
        lab.submit("A", "A")
        #expect(lab.grants == [[1], [2]])
    }

    @Test("One that does gets up to 4 where it says no more")
    func defaultSize() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching())
        lab.submit(Array(repeating: "A", count: 6))
        #expect(lab.grants == [[1, 2, 3, 4]])
    }

    @Test("A batch takes one place of the limit, until its last item is answered")
    func onePlace() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2, settings: Self.batching(2))
        lab.submit("A", "A", "A")
        lab.finish(.number(1))
        #expect(lab.grants == [[1, 2]])
        lab.finish(.number(2))
        #expect(lab.grants == [[1, 2], [3]])
    }

    @Test("At delay 0 a lone request on an idle function is sent at once")
    func loneRequest() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(8))
        lab.submit("A")
        #expect(lab.grants == [[1]])
        #expect(lab.nextDeadline == nil)
    }

    @Test("The oldest is in the batch; only requests of its function fill the empty seats")
    func onlyTheSameFunctionOvertakes() {
        var lab = Lab()
        for (worker, name) in [(1, "A"), (2, "B")] {
            lab.attach(worker: UInt64(worker), name) {
                $0.concurrencyID = "q"
                $0.batch = true
                $0.maxBatchSize = 3
            }
        }
        lab.submit("A")
        lab.submit("A", "B", "A", "B", "A", "A")
        lab.finish(.number(1))
        lab.finish(.number(2))
        lab.finish(.number(4))
        lab.finish(.number(6))
        #expect(lab.grants == [[1], [2, 4, 6], [3, 5]])
    }

    @Test("A partial batch leaves once its oldest request has waited long enough")
    func partialBatchLeavesOnTime() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(4, delay: .milliseconds(10)))
        lab.submit("A")
        lab.advance(by: .milliseconds(4))
        lab.submit("A")
        lab.advance(by: .milliseconds(5))
        #expect(lab.grants.isEmpty)
        #expect(lab.nextDeadline == .milliseconds(1))
        lab.advance(by: .milliseconds(1))
        #expect(lab.grants == [[1, 2]])
    }

    @Test("A full batch leaves before its delay is over")
    func fullBatchLeaves() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(2, delay: .seconds(1)))
        lab.submit("A", "A")
        #expect(lab.grants == [[1, 2]])
    }

    @Test("The delay counts from the enqueue: time spent waiting for a worker is part of it")
    func delayIsAnchoredAtEnqueue() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        lab.submit("A")
        lab.advance(by: .milliseconds(30))
        lab.attach(worker: 1, "A", settings: Self.batching(4, delay: .milliseconds(20)))
        #expect(lab.grants == [[1]])
    }

    @Test("A head held for company does not block the queue for other functions")
    func heldHeadDoesNotBlock() {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "q"
            $0.batch = true
            $0.maxBatchDelay = .seconds(1)
        }
        lab.attach(worker: 2, "B") { $0.concurrencyID = "q" }
        lab.submit("A", "B")
        #expect(lab.grants == [[2]])
    }

    @Test("Once no more can come, a draining function does not wait for company")
    func drainingDoesNotWait() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(4, delay: .seconds(1)))
        lab.submit("A")
        lab.command(.drain(.function("A")))
        #expect(lab.grants == [[1]])
    }

    @Test("A batch that ran out of memory comes back in halves, uncharged")
    func outOfMemoryHalves() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(8))
        lab.submit(Array(repeating: "A", count: 8))
        lab.start((1...8).map { .number($0) })
        lab.runOutOfMemory(.number(1))
        #expect(lab.grants == [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4]])
        lab.finish(.number(1), .number(2), .number(3), .number(4))
        #expect(lab.grants.last == [5, 6, 7, 8])
        #expect(lab.queue("A")?.functions.first?.ceiling == 4)
    }

    @Test("Batches of one size that run out of memory together halve the ceiling once")
    func outOfMemoryTogether() {
        var lab = Lab { $0.daemon.defaultConcurrencyLimit = .at(4) }
        lab.attach(worker: 1, "A", slots: 4, settings: Self.batching(16))
        let numbers = lab.submit(Array(repeating: "A", count: 64))
        lab.start(numbers)
        let places = [0, 16, 32, 48].compactMap { lab.locate(numbers[$0]) }
        lab.turn(places.map { .ranOutOfMemory($0.worker, $0.grant) })
        #expect(lab.queue("A")?.functions.first?.ceiling == 8)
    }

    @Test("The learned ceiling is raised by one after 32 full batches that fitted")
    func ceilingRecovers() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(8))
        lab.submit(Array(repeating: "A", count: 4))
        lab.runOutOfMemory(.number(1))
        #expect(lab.queue("A")?.functions.first?.ceiling == 2)
        var next: UInt64 = 1
        lab.submit(Array(repeating: "A", count: 80))
        for _ in 0..<32 {
            lab.start(.number(next), .number(next + 1))
            lab.finish(.number(next), .number(next + 1))
            next += 2
        }
        #expect(lab.queue("A")?.functions.first?.ceiling == 3)
        #expect(lab.grants.last?.count == 3)
    }

    @Test("A request that does not fit alone fails with out_of_memory")
    func outOfMemoryAlone() {
        var lab = Lab()
        lab.attach(worker: 1, "A", settings: Self.batching(8))
        lab.submit("A")
        lab.start(.number(1))
        lab.runOutOfMemory(.number(1))
        #expect(lab.code(of: .number(1)) == .outOfMemory)
    }
}

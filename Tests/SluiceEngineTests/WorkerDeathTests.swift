import SluiceEngine
import SluiceModel
import Testing

@Suite("Workers fail: nothing is lost, nothing innocent is charged")
struct WorkerDeathTests {
    private func lab(
        size: Int = 8, _ change: @escaping (inout FunctionSettings) -> Void = { _ in }
    ) -> Lab {
        var lab = Lab()
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = size
            change(&$0)
        }
        return lab
    }

    @Test("What the worker had not begun goes back to its place, uncharged")
    func notStarted() {
        var lab = lab(size: 2)
        lab.submit("A", "A", "A")
        lab.die(worker: 1)
        #expect(lab.queue("A")?.waiting == 3)
        lab.attach(worker: 2, "A") {
            $0.batch = true
            $0.maxBatchSize = 3
        }
        #expect(lab.grants == [[1, 2], [1, 2, 3]])
    }

    @Test("A poison request in a batch of 8 fails alone; the other 7 succeed")
    func poison() {
        for poison in 1...8 as ClosedRange<UInt64> {
            var lab = lab()
            lab.submit(Array(repeating: "A", count: 8))
            var worker: UInt64 = 1
            var deaths = 0
            while let batch = lab.grants.last, lab.daemon().running > 0 {
                lab.start(batch.map { .number($0) })
                if batch.contains(poison) {
                    lab.die(worker: worker)
                    deaths += 1
                    worker += 1
                    lab.attach(worker: worker, "A") {
                        $0.batch = true
                        $0.maxBatchSize = 8
                    }
                } else {
                    lab.answer(batch.map { .number($0) }, .completed)
                }
            }
            for number in 1...8 as ClosedRange<UInt64> {
                let expected: Code = number == poison ? .workerDied : .ok
                #expect(lab.code(of: .number(number)) == expected, "poison \(poison)")
            }
            // 8, 4, 2, 1 and once more alone: max_attempts is 2.
            #expect(deaths == 5)
        }
    }

    @Test("Suspects run in halves, each with nothing else in the process")
    func halvesRunAlone() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 4) {
            $0.batch = true
            $0.concurrencyLimit = .at(4)
        }
        lab.submit("A", "A", "A", "A")
        lab.start((1...4).map { .number($0) })
        lab.die(worker: 1)
        lab.attach(worker: 2, "A", slots: 4) {
            $0.batch = true
            $0.concurrencyLimit = .at(4)
        }
        #expect(lab.grants.last == [1, 2])
        lab.submit("A")
        #expect(lab.grants.count == 2)
        lab.finish(.number(1), .number(2))
        #expect(lab.grants.last == [3, 4])
        lab.finish(.number(3), .number(4))
        #expect(lab.grants.last == [5])
    }

    @Test("A busy worker is emptied for a retry, so that it does not wait for ever")
    func retryIsNotStarved() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) { $0.concurrencyLimit = .at(4) }
        lab.attach(worker: 2, "A", slots: 2) { $0.concurrencyLimit = .at(4) }
        lab.submit(["A", "A", "A", "A"] + Array(repeating: "A", count: 6))
        lab.start(.number(1), .number(3))
        lab.die(worker: 1)
        // 1 and 3 are suspects; worker 2 has 2 and 4 and takes nothing more until it is empty.
        lab.finish(.number(2))
        #expect(lab.grants.count == 4)
        lab.finish(.number(4))
        #expect(lab.grants.last == [1])
        #expect(lab.grants.count == 5)
        lab.finish(.number(1))
        #expect(lab.grants.last == [3])
    }

    @Test("Only a request that dies alone in the process is charged, and fails at max_attempts")
    func chargedAlone() {
        var lab = lab { $0.maxAttempts = 3 }
        lab.submit("A")
        for worker in 1...3 as ClosedRange<UInt64> {
            #expect(lab.code(of: .number(1)) == nil)
            lab.start(.number(1))
            lab.die(worker: worker)
            lab.attach(worker: worker + 1, "A") { $0.maxAttempts = 3 }
        }
        #expect(lab.code(of: .number(1)) == .workerDied)
        #expect(lab.conclusion(of: .number(1))?.attempts == 3)
    }

    @Test("Two batches in one process: both are suspects, neither is charged")
    func notAloneInTheProcess() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) {
            $0.concurrencyLimit = .at(2)
            $0.maxAttempts = 1
        }
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.die(worker: 1)
        #expect(lab.code(of: .number(1)) == nil)
        #expect(lab.code(of: .number(2)) == nil)
    }

    @Test("A cancelled item that was still running is a suspect too: its neighbour is not charged")
    func revokedNeighbour() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) {
            $0.concurrencyLimit = .at(2)
            $0.maxAttempts = 1
        }
        lab.submit("A", "A")
        lab.start(.number(1), .number(2))
        lab.cancel(.number(2))
        lab.die(worker: 1)
        #expect(lab.code(of: .number(1)) == nil)
    }

    @Test("Where the function must not run twice, what was started fails")
    func retryNever() {
        var lab = lab { $0.retry = .never }
        lab.submit("A", "A")
        lab.start(.number(1))
        lab.die(worker: 1)
        #expect(lab.code(of: .number(1)) == .workerDied)
        #expect(lab.code(of: .number(2)) == nil)
    }

    @Test("A request whose partial results were sent fails, unless declared restartable")
    func chunksSent() {
        for restartable in [false, true] {
            var lab = lab { $0.restartable = restartable }
            lab.submit("A", "A")
            lab.start(.number(1), .number(2))
            lab.report(.number(1), .chunk(sequence: 0))
            lab.report(.number(2), .progress)
            lab.die(worker: 1)
            #expect(lab.code(of: .number(1)) == (restartable ? nil : .workerDied))
            #expect(lab.code(of: .number(2)) == nil)
        }
    }

    @Test("Answers from an older attempt are dropped, and acknowledged")
    func staleAnswer() throws {
        var lab = lab(size: 1)
        lab.submit("A")
        let place = lab.locate(.number(1))
        let old = try #require(place)
        lab.start(.number(1))
        lab.die(worker: 1)
        lab.attach(worker: 2, "A")
        let before = lab.effects.count
        lab.answer(old, .completed)
        #expect(lab.code(of: .number(1)) == nil)
        let acknowledged = lab.effects[before...].contains {
            if case .acknowledge(old.worker, old.grant, 0) = $0 { true } else { false }
        }
        #expect(acknowledged)
        lab.finish(.number(1))
        #expect(lab.outcomes(of: .number(1)) == 1)
        #expect(lab.code(of: .number(1)) == .ok)
    }

    @Test("A function whose workers die again and again is paused with the reason")
    func breaker() {
        var lab = lab { $0.maxWorkerDeaths = .at(3) }
        lab.submit("A")
        for worker in 1...3 as ClosedRange<UInt64> {
            // It dies before it has begun: nothing is charged, and without a bound it would go on.
            lab.die(worker: worker)
            lab.attach(worker: worker + 1, "A") { $0.maxWorkerDeaths = .at(3) }
        }
        let function = lab.queue("A")?.functions.first
        #expect(function?.hold == .paused)
        #expect(function?.pausedAfterDeaths == 3)
        #expect(lab.grants.count == 3)
        #expect(lab.explain(.number(1))?.blocker == .functionPaused)

        lab.command(.resume(.function("A")))
        #expect(lab.grants.count == 4)
    }

    @Test("A success between two deaths starts the count anew")
    func breakerForgets() {
        var lab = lab(size: 1) { $0.maxWorkerDeaths = .at(2) }
        lab.submit("A", "A", "A", "A")
        lab.die(worker: 1)
        lab.attach(worker: 2, "A") { $0.maxWorkerDeaths = .at(2) }
        lab.finish(.number(1))
        lab.die(worker: 2)
        #expect(lab.queue("A")?.functions.first?.hold == .running)
    }

    @Test("A worker that leaves with nothing in hand has not died")
    func departure() {
        var lab = lab()
        lab.die(worker: 1)
        #expect(lab.notices.contains { if case .workerDetached = $0 { true } else { false } })
        #expect(!lab.notices.contains { if case .workerLost = $0 { true } else { false } })
    }
}

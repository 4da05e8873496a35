import SluiceEngine
import SluiceModel
import Testing

@Suite("What is counted of functions for good")
struct TallyTests {
    @Test("A wait and a run fall into the bucket whose bound they do not exceed")
    func durations() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let number = lab.ask("A")
        lab.advance(by: .milliseconds(5))
        lab.start(number)
        lab.advance(by: .milliseconds(40))
        lab.finish(number)
        let tally = lab.tally("A")
        #expect(tally?.waits.bucket == TallyView.durationBounds.firstIndex(of: 0.005))
        #expect(tally?.waits.sum == 0.005)
        #expect(tally?.runs.bucket == TallyView.durationBounds.firstIndex(of: 0.05))
        #expect(tally?.runs.sum == 0.04)
        #expect(tally?.outcomes == [.ok: 1])
    }

    @Test("What is longer than every bound is in the last bucket")
    func aboveAll() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let number = lab.ask("A")
        lab.advance(by: .seconds(301))
        lab.start(number)
        #expect(lab.tally("A")?.waits.bucket == TallyView.durationBounds.count)
    }

    @Test("They come in pages, in the order of their names")
    func pages() {
        var lab = Lab()
        lab.attach(worker: 1, "C", "A", "B")
        #expect(lab.tallies(limit: 2).map(\.function) == ["A", "B"])
        #expect(lab.tallies(after: "A", limit: 2).map(\.function) == ["B", "C"])
        #expect(lab.tallies(after: "C", limit: 2).isEmpty)
    }

    @Test("A function that never ran has no buckets")
    func nothing() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        lab.submit("A")
        #expect(lab.tally("A")?.waits.counts == [])
        #expect(lab.tally("A")?.runs.counts == [])
    }

    @Test("Each batch counts once, with its size, however many requests are in it")
    func batches() {
        var lab = Lab { $0.functions["A"] = FunctionSettings() }
        let numbers = lab.submit("A", "A", "A")
        lab.attach(worker: 1, "A") {
            $0.batch = true
            $0.maxBatchSize = 8
        }
        lab.start(numbers)
        lab.answer(numbers, .completed)
        let tally = lab.tally("A")
        #expect(tally?.batchSizes.bucket == TallyView.sizeBounds.firstIndex(of: 4))
        #expect(tally?.batchSizes.sum == 3)
        #expect(tally?.runs.counts.reduce(0, +) == 1)
        #expect(tally?.waits.counts.reduce(0, +) == 3)
        #expect(tally?.outcomes == [.ok: 3])
    }

    @Test("A request that runs again waited once; both of its batches ran, and its worker died")
    func runAgain() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let number = lab.ask("A")
        lab.start(number)
        lab.die(worker: 1)
        lab.attach(worker: 2, "A")
        lab.start(number)
        lab.finish(number)
        let tally = lab.tally("A")
        #expect(tally?.waits.counts.reduce(0, +) == 1)
        #expect(tally?.runs.counts.reduce(0, +) == 2)
        #expect(tally?.workerDeaths == 1)
        let turnover = lab.turnover()
        #expect((turnover.workersAttached, turnover.workersLost) == (2, 1))
    }

    @Test("Whoever was not accepted is counted for the daemon, by code, and for no function")
    func refusals() {
        var lab = Lab {
            $0.functions["A"] = FunctionSettings()
            $0.queues["A"] = QueueSettings(maxSize: .at(1))
        }
        lab.submit("A", "A", "B")
        #expect(lab.turnover().refusals == [.queueFull: 1, .unknownFunction: 1])
        #expect(lab.tally("A")?.outcomes == [:])
    }

    @Test("Failed and cancelled requests are counted by their code")
    func troubles() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        let failing = lab.ask("A")
        let called = lab.ask("A")
        lab.cancel(called)
        lab.answer([failing], .failed)
        #expect(lab.tally("A")?.outcomes == [.functionError: 1, .cancelledByClient: 1])
    }

    @Test("A detached request counts when its outcome is stored, as what it is then")
    func detached() {
        var lab = Lab()
        lab.openStore()
        lab.attach(worker: 1, "A")
        let number = lab.keep("A")
        lab.finish(number)
        #expect(lab.tally("A")?.outcomes == [:])
        lab.settled(lab.id(of: number), .tooLarge)
        lab.settled(lab.id(of: number))
        #expect(lab.tally("A")?.outcomes == [.resultTooLarge: 1])
    }

    @Test("A worker that does not stop counts as hung once, also after it recovered")
    func hung() {
        var lab = Lab { $0.functions["A"] = FunctionSettings(cancelGrace: .seconds(1)) }
        lab.attach(worker: 1, "A")
        let number = lab.ask("A")
        lab.start(number)
        let place = lab.locate(number)
        lab.cancel(number)
        lab.advance(by: .seconds(2))
        #expect(lab.turnover().workersHung == 1)
        if let place { lab.answer(place, .cancelled) }
        #expect(lab.daemon().hungWorkers == 0)
        #expect(lab.turnover().workersHung == 1)
    }
}

extension DistributionView {
    /// The one that has something in it.
    fileprivate var bucket: Int? {
        counts.count { $0 > 0 } == 1 ? counts.firstIndex { $0 > 0 } : nil
    }
}

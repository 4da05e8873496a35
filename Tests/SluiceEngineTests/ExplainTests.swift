import SluiceEngine
import SluiceModel
import Testing

@Suite("Explain: the one named thing that blocks a waiting request")
struct ExplainTests {
    private func blocker(_ change: (inout Lab) -> Void) -> Blocker? {
        var lab = Lab()
        change(&lab)
        lab.submit("A", "A", "A")
        return lab.explain(.number(3))?.blocker
    }

    @Test("A hold of the daemon, the queue or the function")
    func holds() {
        #expect(
            blocker {
                $0.attach(worker: 1, "A")
                $0.command(.pause(.daemon))
            } == .daemonPaused)
        #expect(
            blocker {
                $0.attach(worker: 1, "A")
                $0.command(.pause(.queue("A")))
            } == .queuePaused)
        #expect(
            blocker {
                $0.attach(worker: 1, "A")
                $0.command(.pause(.function("A")))
            } == .functionPaused)
    }

    @Test("No worker, or none that takes work")
    func workers() {
        #expect(blocker { $0.turn([.configured(Self.withA)]) } == .noWorker)
        #expect(blocker { $0.attach(worker: 1, "A", slots: 0) } == .workersHeld)
    }

    @Test("Why each of several workers takes none")
    func eachWorker() {
        var lab = Lab()
        lab.attach(worker: 1, "A") { $0.cancelGrace = .seconds(1) }
        lab.submit("A")
        lab.cancel(.number(1))
        lab.advance(by: .seconds(1))
        lab.attach(worker: 2, "A", slots: 0)
        lab.attach(worker: 3, "A", slots: 0)
        let number = lab.ask("A")
        let message = lab.explain(number)?.message
        #expect(message?.hasSuffix("takes work: 1 hung, 2 without slots") == true)
    }

    @Test("A limit of 0 is named as what it is")
    func zero() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.command(.set(.queue("A"), [.concurrencyLimit(.at(0))]))
        let explanation = lab.explain(lab.ask("A"))
        #expect(explanation?.blocker == .concurrencyLimit)
        #expect(
            explanation?.message == "concurrency_limit of queue A is 0, which lets nothing start")
    }

    @Test("The limit of the queue, of the daemon, or the slots of the workers")
    func limits() {
        #expect(blocker { $0.attach(worker: 1, "A", slots: 9) } == .concurrencyLimit)
        #expect(
            blocker {
                $0.attach(worker: 1, "A") { $0.concurrencyLimit = .at(9) }
            } == .workersBusy)
        #expect(
            blocker {
                $0.command(.set(.daemon, [.maxRunning(.at(1))]))
                $0.attach(worker: 1, "A", slots: 9) { $0.concurrencyLimit = .at(9) }
            } == .maxRunning)
    }

    @Test("A batch that is held for company")
    func delay() {
        #expect(
            blocker {
                $0.attach(worker: 1, "A") {
                    $0.batch = true
                    $0.maxBatchDelay = .seconds(1)
                }
            } == .maxBatchDelay)
    }

    @Test("A suspect that waits for an empty worker")
    func retryAlone() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2) { $0.concurrencyLimit = .at(3) }
        lab.attach(worker: 2, "A", slots: 2) { $0.concurrencyLimit = .at(3) }
        lab.submit("A", "A")
        lab.start(.number(1))
        lab.die(worker: 1)
        #expect(lab.explain(.number(1))?.blocker == .retryAlone)
    }

    @Test("Requests of one function are listed wherever they stand in a shared queue")
    func listedByFunction() {
        var lab = Lab {
            $0.functions["f"] = FunctionSettings(concurrencyID: "q")
            $0.functions["g"] = FunctionSettings(concurrencyID: "q")
        }
        lab.submit(Array(repeating: "f", count: 9) + ["g"])
        #expect(lab.requestViews(queue: "q", function: "g", limit: 5).count == 1)
        #expect(lab.requestViews(queue: "q", function: "f", limit: 5).count == 5)
        #expect(lab.requestViews(function: "nobody", limit: 5).isEmpty)
    }

    @Test("It says what is the matter and what to do, with the figures")
    func words() {
        var lab = Lab()
        lab.attach(worker: 1, "A", slots: 2)
        lab.submit("A", "A")
        let explanation = lab.explain(.number(2))
        #expect(explanation?.message == "queue A runs 1 of 1 batches")
        #expect(explanation?.remedy == "wait, or sluicectl set A concurrency_limit=N")
        #expect(explanation?.rank == 0)
        lab.start(.number(1))
        #expect(lab.explain(.number(1))?.state == .running)
    }

    private static var withA: Configuration {
        var configuration = Configuration()
        configuration.functions["A"] = FunctionSettings()
        return configuration
    }
}

import SluiceEngine
import SluiceModel
import Testing

@Suite("Who changed which limit, from what to what")
struct ChangeNoticeTests {
    private struct Told: Equatable {
        let target: Target
        let change: Change
        let cause: Cause
    }

    private func told(_ lab: borrowing Lab) -> [Told] {
        lab.notices.compactMap {
            guard case .changed(let target, let change, let cause) = $0 else { return nil }
            return Told(target: target, change: change, cause: cause)
        }
    }

    private func concurrency(_ old: Int, _ new: Int, _ source: Source) -> Change {
        Change(
            key: "concurrency_limit", old: .limit(.at(old)), new: .limit(.at(new)), source: source)
    }

    /// Two functions of one queue that declare 4.
    private func lab() -> Lab {
        var lab = Lab()
        for (worker, name) in [(1, "A"), (2, "B")] {
            lab.attach(worker: UInt64(worker), name) {
                $0.concurrencyID = "q"
                $0.concurrencyLimit = .at(4)
            }
        }
        return lab
    }

    private func configuration(_ limit: Limit?) -> Configuration {
        var configuration = Configuration()
        configuration.queues["q"] = QueueSettings(concurrencyLimit: limit)
        return configuration
    }

    @Test("A start, what was kept from the run before, and first declarations are no news")
    func quietStart() {
        var lab = Lab { $0.queues["q"] = QueueSettings(concurrencyLimit: .at(2)) }
        var declared = FunctionSettings()
        declared.concurrencyID = "q"
        declared.concurrencyLimit = .at(1)
        lab.turn([
            .remembered(Declaration(function: "A", settings: declared)),
            .restored(.set(.queue("q"), [.concurrencyLimit(.at(3))])),
        ])
        lab.attach(worker: 1, "B") { $0.maxBatchDelay = .seconds(1) }
        #expect(told(lab).isEmpty)
    }

    @Test("A command: by that command, before its reply")
    func command() {
        var lab = lab()
        lab.command(.set(.queue("q"), [.concurrencyLimit(.at(2))]))
        #expect(
            told(lab) == [
                Told(target: .queue("q"), change: concurrency(4, 2, .override), cause: .command)
            ])
    }

    @Test("A reload: what it changed, once, and nothing that stays as it was")
    func reload() {
        var lab = lab()
        // Of two in a turn, each is told with its own.
        lab.turn([
            .configured(configuration(.at(1)), by: 1000),
            .configured(configuration(.at(1)), by: 7),
        ])
        #expect(
            told(lab) == [
                Told(
                    target: .queue("q"), change: concurrency(4, 1, .configuration),
                    cause: .reload(by: 1000))
            ])
    }

    @Test("A reload that moves functions tells of no limit that held only within it")
    func move() {
        var lab = lab()
        var configuration = Configuration()
        for name in ["A", "B"] {
            configuration.functions[name] = FunctionSettings(concurrencyID: "r")
        }
        configuration.queues["q"] = QueueSettings(concurrencyLimit: .at(4))
        lab.turn([.configured(configuration)])
        #expect(told(lab).isEmpty)
    }

    @Test("A worker that declares a known function anew is named with it")
    func redeclaration() {
        var lab = lab()
        lab.attach(worker: 3, "A") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(1)
        }
        #expect(
            told(lab) == [
                Told(
                    target: .queue("q"), change: concurrency(4, 1, .declaration),
                    cause: .declaration(function: "A"))
            ])
    }

    @Test("A new function that changes the limit of a queue which others use is named with it")
    func newNeighbour() {
        var lab = lab()
        lab.attach(worker: 3, "C") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(2)
            $0.maxBatchDelay = .seconds(1)
        }
        #expect(
            told(lab) == [
                Told(
                    target: .queue("q"), change: concurrency(4, 2, .declaration),
                    cause: .declaration(function: "C"))
            ])
    }

    @Test("Queues that follow the daemon's default are not told of apart")
    func followers() {
        var lab = Lab()
        lab.attach(worker: 1, "A")
        lab.attach(worker: 2, "B")
        lab.command(.set(.daemon, [.defaultConcurrencyLimit(.at(3))]))
        #expect(lab.queue("A")?.concurrencyLimit == .at(3))
        #expect(told(lab).map(\.target) == [.daemon])
        #expect(told(lab).map(\.change.key) == ["default_concurrency_limit"])
    }

    @Test("A queue that ends with its last function is no change of its limit")
    func forgotten() {
        var lab = lab()
        lab.die(worker: 1)
        lab.die(worker: 2)
        lab.command(.forget(function: "A"))
        lab.command(.forget(function: "B"))
        #expect(lab.queue("q") == nil)
        #expect(told(lab).isEmpty)
    }

    @Test("A queue that goes on without its last function is told with its new limit")
    func forgottenInConfiguredQueue() {
        var lab = Lab { $0.queues["q"] = QueueSettings(maxSize: .at(50)) }
        lab.attach(worker: 1, "A") {
            $0.concurrencyID = "q"
            $0.concurrencyLimit = .at(3)
        }
        lab.die(worker: 1)
        lab.forgetEffects()
        lab.command(.forget(function: "A"))
        #expect(
            told(lab) == [
                Told(target: .queue("q"), change: concurrency(3, 1, .default), cause: .command)
            ])
    }

    // MARK: Revert

    @Test("Revert takes back all that was set for the target, and leaves what holds it")
    func revert() {
        var lab = lab()
        lab.command(
            .set(.queue("q"), [.concurrencyLimit(.at(1)), .maxSize(.at(9)), .maxWait(.seconds(3))]))
        lab.command(.set(.daemon, [.maxRunning(.at(5))]))
        lab.command(.pause(.queue("q")))
        #expect(
            lab.command(.revert(.queue("q")))
                == .done([
                    concurrency(1, 4, .declaration),
                    Change(
                        key: "max_size", old: .limit(.at(9)), new: .limit(.none), source: .default),
                    Change(
                        key: "max_wait", old: .span(.seconds(3)), new: .span(nil),
                        source: .default),
                ]))
        #expect(lab.queue("q")?.hold == .paused)
        #expect(lab.daemon().settings.maxRunning == .at(5))
    }

    @Test("Revert of a function and of the daemon alike")
    func revertOthers() {
        var lab = lab()
        lab.command(.set(.function("A"), [.maxBatchDelay(.seconds(2))]))
        lab.command(.set(.daemon, [.maxRunning(.at(5))]))
        #expect(
            lab.command(.revert(.function("A")))
                == .done([
                    Change(
                        key: "max_batch_delay", old: .span(.seconds(2)), new: .span(.zero),
                        source: .default)
                ]))
        lab.command(.revert(.daemon))
        #expect(lab.daemon().settings.maxRunning == .at(40))
    }

    @Test("Where nothing was set nothing changes; what is not known is refused")
    func revertNothing() {
        var lab = lab()
        #expect(lab.command(.revert(.queue("q"))) == .done([]))
        #expect(lab.command(.revert(.queue("z"))) == .refused(.unknownQueue("z")))
        let nobody = WorkerID(rawValue: 77)
        #expect(lab.command(.revert(.worker(nobody))) == .refused(.unknownWorker(nobody)))
    }

    @Test("What the configuration says of the daemon is told from its defaults")
    func sources() {
        var lab = Lab {
            $0.daemon.maxRunning = .at(40)
            $0.said = ["max_running"]
        }
        #expect(lab.daemon().sources["max_running"] == .configuration)
        #expect(lab.daemon().sources["max_size"] == .default)
        lab.command(.set(.daemon, [.maxSize(.at(10))]))
        #expect(lab.daemon().sources["max_size"] == .override)
    }
}

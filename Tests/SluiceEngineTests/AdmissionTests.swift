import SluiceEngine
import SluiceModel
import Testing

@Suite("Admission: accepted, or refused with a code and the figures behind it")
struct AdmissionTests {
    private func busyLab(_ change: (inout Configuration) -> Void = { _ in }) -> Lab {
        var lab = Lab(change)
        lab.attach(worker: 1, "A")
        lab.submit("A")
        return lab
    }

    @Test("Over max_size of its queue: queue_full, with the depth and the limit")
    func queueFull() {
        var lab = busyLab { $0.queues["A"] = QueueSettings(maxSize: .at(2)) }
        lab.submit("A", "A")
        let refused = lab.ask("A")
        let conclusion = lab.conclusion(of: refused)
        #expect(conclusion?.outcome == .rejected)
        #expect(conclusion?.code == .queueFull)
        let refusal = lab.refusal(of: refused)
        #expect(refusal?.place == "A")
        #expect(refusal?.depth == 2)
        #expect(refusal?.limit == 2)
    }

    @Test("queue_full comes with the time after which there is room, computed from experience")
    func retryAfter() throws {
        var lab = busyLab { $0.queues["A"] = QueueSettings(maxSize: .at(1)) }
        lab.start(.number(1))
        lab.advance(by: .seconds(4))
        lab.finish(.number(1))
        lab.submit("A", "A")
        lab.start(.number(2))
        lab.advance(by: .seconds(1))
        let refused = lab.ask("A")
        let wait = try #require(lab.refusal(of: refused)?.retryAfter)
        #expect(wait == .seconds(3))
    }

    @Test("What can start at once does not count as waiting, whatever max_size says")
    func startingIsNotWaiting() {
        var lab = Lab { $0.queues["A"] = QueueSettings(concurrencyLimit: .at(2), maxSize: .at(0)) }
        lab.attach(worker: 1, "A", slots: 2)
        lab.submit("A", "A", "A")
        #expect(lab.grants == [[1], [2]])
        #expect(lab.code(of: .number(3)) == .queueFull)
    }

    @Test("max_size of the daemon counts what waits in all queues, and nothing that runs")
    func globalMaxSize() {
        var lab = busyLab { $0.daemon.maxSize = .at(2) }
        lab.attach(worker: 2, "B")
        lab.submit("B", "B", "A")
        #expect(lab.daemon().waiting == 2)
        let refused = lab.ask("B")
        #expect(lab.conclusion(of: refused)?.code == .queueFull)
        #expect(lab.refusal(of: refused)?.place == "daemon")
    }

    @Test("Of several that come at once and do not all fit, the youngest are refused")
    func youngestAreRefused() {
        var lab = busyLab { $0.queues["A"] = QueueSettings(maxSize: .at(2)) }
        lab.submit("A", "A", "A", "A")
        #expect(lab.code(of: .number(3)) == nil)
        #expect(lab.code(of: .number(4)) == .queueFull)
        #expect(lab.code(of: .number(5)) == .queueFull)
    }

    @Test("A payload over max_request_bytes: too_large")
    func tooLarge() {
        var lab = busyLab { $0.daemon.maxRequestBytes = 1000 }
        let refused = lab.ask("A") { $0.bytes = 1001 }
        #expect(lab.code(of: refused) == .tooLarge)
        #expect(lab.refusal(of: refused)?.limit == 1000)
    }

    @Test("Bytes held for what waits are bounded by max_bytes; descriptors do not count")
    func maxBytes() {
        var lab = busyLab { $0.daemon.maxBytes = 250 }
        lab.submit("A", "A")
        let refused = lab.ask("A")
        #expect(lab.code(of: refused) == .queueFull)
        let passed = lab.ask("A") { $0.holdsBytes = false }
        #expect(lab.code(of: passed) == nil)
        lab.finish(.number(1))
        #expect(lab.code(of: lab.ask("A")) == nil)
    }

    @Test("Payloads in descriptors are bounded by max_files while their requests live")
    func maxFiles() {
        var lab = busyLab { ($0.daemon.maxFiles, $0.daemon.maxFilesPerUser) = (2, Limit.none) }
        lab.submit(["A", "A"]) { $0.holdsFile = true }
        let refused = lab.ask("A") { $0.holdsFile = true }
        #expect(lab.code(of: refused) == .queueFull)
        #expect(lab.refusal(of: refused)?.key == "max_files")
        #expect(lab.code(of: lab.ask("A")) == nil)
        lab.finish(.number(1))
        #expect(lab.code(of: lab.ask("A") { $0.holdsFile = true }) == .queueFull)
        lab.finish(.number(2))
        #expect(lab.code(of: lab.ask("A") { $0.holdsFile = true }) == nil)
    }

    @Test("A name that nobody configured or declared: unknown_function")
    func unknownFunction() {
        var lab = Lab()
        #expect(lab.code(of: lab.ask("nobody")) == .unknownFunction)
    }

    @Test("A function that allow_users keeps from the caller: not_permitted")
    func notPermitted() {
        var lab = Lab { $0.functions["A"] = FunctionSettings(allowUsers: [7]) }
        #expect(lab.code(of: lab.ask("A")) == .notPermitted)
        lab.join(client: 2, user: 7)
        let allowed = lab.submit("A", from: ClientID(rawValue: 2))
        #expect(lab.code(of: allowed[0]) == nil)
    }

    @Test("Detached requests need a store, and speaking for others a gateway: refused by name")
    func whatItCannotDo() {
        var lab = busyLab()
        #expect(lab.code(of: lab.ask("A") { $0.isDetached = true }) == .unsupported)
        #expect(lab.code(of: lab.ask("A") { $0.caller = "ada" }) == .notPermitted)
    }

    @Test("More live requests than max_requests_per_user, over all connections: over_quota")
    func overQuota() {
        var lab = busyLab { $0.daemon.maxRequestsPerUser = .at(2) }
        lab.join(client: 2)
        lab.submit("A", from: ClientID(rawValue: 2))
        #expect(lab.code(of: lab.ask("A")) == .overQuota)
        lab.finish(.number(1))
        #expect(lab.code(of: lab.ask("A")) == nil)
    }

    @Test("A predicted wait over max_wait of the queue or the request: wait_too_long")
    func waitTooLong() {
        var lab = Lab { $0.queues["A"] = QueueSettings(maxWait: .seconds(15)) }
        lab.attach(worker: 1, "A") { $0.expectedDuration = .seconds(10) }
        lab.submit("A", "A")
        let tooLong = lab.ask("A")
        #expect(lab.code(of: tooLong) == .waitTooLong)
        #expect(lab.refusal(of: tooLong)?.retryAfter == .seconds(5))
        lab.advance(by: .seconds(6))
        #expect(lab.code(of: lab.ask("A")) == nil)
        #expect(lab.code(of: lab.ask("A") { $0.maxWait = .seconds(3) }) == .waitTooLong)
    }

    @Test("What drains refuses: the daemon, the queue, the function")
    func draining() {
        for target in [Target.daemon, .queue("A"), .function("A")] {
            var lab = busyLab()
            lab.command(.drain(target))
            let refused = lab.ask("A")
            #expect(lab.code(of: refused) == .draining, "\(target)")
            lab.command(.resume(target))
            #expect(lab.code(of: lab.ask("A")) == nil, "\(target)")
        }
    }

    @Test("The number of a live request is recognised as a repetition and admitted once")
    func repetition() {
        var lab = busyLab()
        let number = lab.ask("A")
        lab.ask("A") { $0.number = number }
        let told = lab.effects.count {
            if case .admitted(_, number, _, _) = $0 { true } else { false }
        }
        #expect(told == 2)
        #expect(lab.queue("A")?.waiting == 1)
    }

    @Test("A refused request leaves nothing behind")
    func refusedLeavesNothing() {
        var lab = busyLab { $0.queues["A"] = QueueSettings(maxSize: .at(0)) }
        let before = lab.heldBodies.count
        lab.submit("A", "A", "nobody")
        #expect(lab.heldBodies.count == before)
        #expect(lab.daemon().waiting == 0)
    }
}

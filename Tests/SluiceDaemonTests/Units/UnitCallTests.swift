import Glibc
import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Workers that an operator starts and stops")
struct UnitCallTests {
    private let caption: WorkerUnit

    init() throws { caption = try #require(WorkerUnit(instance: "caption")) }

    /// What becomes of a job for user 1000.
    private func outcome(
        of job: Units.Job, _ script: StandInManager.Script
    ) throws -> (Units.Outcome, jobs: [String]) {
        let manager = try StandInManager(script)
        let units = try Units(bus: manager.address)
        #expect(units.carryOut(job, of: caption, for: 5, user: 1000) != nil)
        units.outcomes.wait()
        return (try #require(units.takeOutcomes().first), manager.jobs)
    }

    private func reason(
        _ job: Units.Job, _ script: StandInManager.Script
    ) throws -> String? {
        let outcome = try outcome(of: job, script).0
        return outcome.error?.reason(outcome.order)
    }

    @Test("The answer comes when systemd's job is done, and says whether anything changed")
    func done() throws {
        let told: [(Units.Job, String, changed: Bool)] = [
            (.start, "inactive", true), (.start, "failed", true), (.start, "active", false),
            (.stop, "active", true), (.stop, "activating", true), (.stop, "inactive", false),
        ]
        for (job, state, changed) in told {
            let (outcome, jobs) = try outcome(of: job, .init(activeState: state))
            #expect(outcome.error == nil)
            #expect(outcome.changed == changed, "\(job) of what is \(state)")
            #expect(jobs == ["\(job.rawValue) \(caption) replace"])
        }
    }

    @Test("A job that is not done says why, and what tells more")
    func failed() throws {
        let unit = "sluice-worker@caption.service"
        let ends: [(StandInManager.Script, String)] = [
            (
                .init(exitStatus: 1, result: "failed"),
                "its process ended with status 1; 'journalctl -u \(unit)' says why"
            ),
            (
                .init(exitStatus: 127, result: "failed"),
                "its command cannot be run; 'journalctl -u \(unit)' says why"
            ),
            (.init(result: "failed"), "it failed; 'journalctl -u \(unit)' says why"),
            (.init(result: "canceled"), "another job took the place of this one"),
            (.init(result: "dependency"), "a unit that it requires did not start"),
            (
                .init(result: "skipped"),
                "the job ended with 'skipped'; 'journalctl -u \(unit)' "
                    + "says why"
            ),
            (
                .init(refusal: ("org.freedesktop.systemd1.NoSuchUnit", "Unit not found.")),
                "Unit not found."
            ),
        ]
        for (script, reason) in ends { #expect(try self.reason(.start, script) == reason) }
        let bare = try reason(.start, .init(exitStatus: 78, result: "failed"))
        #expect(
            bare?.hasPrefix("it has no command: neither /etc/sluice/workers/caption.env") == true)
    }

    @Test("What polkit refuses is said with what it takes, and without a bus, too")
    func refused() throws {
        let denied = ("org.freedesktop.DBus.Error.AccessDenied", "Access denied")
        let reason = try reason(.stop, .init(activeState: "active", refusal: denied))
        #expect(
            reason == "sluiced may not ask systemd for that (Access denied): it takes polkit with "
                + "the rule sluice.rules, see sluiced(8); 'systemctl stop \(caption)' does it")
        let units = try Units(bus: UnitsTests.nowhere)
        // Each of them is told, also where it was said in the log already.
        for _ in 0..<2 {
            #expect(units.carryOut(.start, of: caption, for: 5, user: 1000) != nil)
            units.outcomes.wait()
            let outcome = try #require(units.takeOutcomes().first)
            let reason = outcome.error?.reason(outcome.order)
            #expect(reason?.hasPrefix("systemd cannot be asked over a system bus (") == true)
            #expect(LogRecord.of(outcome)?.fields[.user] == "1000")
        }
    }

    @Test("A job that does not end is left after a time, and goes on")
    func late() throws {
        let manager = try StandInManager(.init(result: nil))
        let systemd = try ServiceManager(address: manager.address)
        let deadline = Loop.now() + .milliseconds(50)
        #expect(try systemd.finish(.stop, of: "\(caption)", by: deadline) == nil)
        #expect(Loop.now() >= deadline)
    }

    @Test("More calls than may wait for systemd at once are refused, until one is answered")
    func limit() throws {
        let units = try Units(bus: UnitsTests.nowhere)
        for _ in 0..<Units.longest {
            #expect(units.carryOut(.start, of: caption, for: 5, user: 0) != nil)
        }
        #expect(units.carryOut(.start, of: caption, for: 5, user: 0) == nil)
        units.outcomes.wait()
        #expect(!units.takeOutcomes().isEmpty)
        #expect(units.carryOut(.start, of: caption, for: 5, user: 0) != nil)
    }
}

@Suite("Calls that wait for systemd")
struct UnitReplyTests {
    @Test("The reply keeps its place, and later calls of the connection wait behind it")
    func order() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        try peer.send(Control.StopWorker(name: "caption"))
        try peer.send(VarlinkService.GetInfo())
        try bench.turn()
        let (connection, order) = try #require(bench.orders.first)
        #expect(order.job == .stop)
        #expect(try peer.replies().isEmpty)
        // Somebody else's answer, and an older one's, are not its.
        let others = [(connection + 1, UInt64(1)), (connection, 2)]
        for (connection, token) in others {
            try bench.turn {
                $0.take(outcome(order.unit, connection, token, nil))
            }
        }
        #expect(try peer.replies().isEmpty)
        try bench.turn { $0.take(outcome(order.unit, connection, 1, nil)) }
        let replies = try peer.replies()
        try #require(replies.count == 2)
        let steered = try replies[0].parameters(as: Control.SteeredWorker.self)
        #expect(steered == .init(unit: "sluice-worker@caption.service", changed: true))
        #expect(try replies[1].parameters(as: VarlinkService.GetInfo.Reply.self).version != "")
    }

    @Test("Why it was not done is the error's reason")
    func refused() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        try peer.send(Control.StartWorker(name: "caption"))
        try bench.turn()
        let (connection, order) = try #require(bench.orders.first)
        try bench.turn {
            $0.take(outcome(order.unit, connection, 1, BusError("it failed", code: EIO)))
        }
        #expect(
            try peer.refusal()
                == .unitFailed("sluice-worker@caption.service", reason: "it failed"))
    }

    @Test("A name that no unit has unescaped is refused at once, and systemd hears nothing")
    func names() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        let long = String(repeating: "x", count: 201)
        for name in ["", ".env", "a/b", "a@b", "a\\x2d", "a b", "*", "é", "a\n", long] {
            try peer.send(Control.StopWorker(name: name))
            try bench.turn()
            guard case .valueOutOfRange("name", _, _)? = try peer.refusal() else {
                Issue.record("'\(name)' is taken")
                continue
            }
        }
        #expect(bench.orders.isEmpty)
    }

    private func outcome(
        _ unit: WorkerUnit, _ connection: UInt64, _ token: UInt64, _ error: BusError?
    ) -> Units.Outcome {
        let call = UnitCall(connection: connection, token: token, user: 0)
        return Units.Outcome(
            order: .init(job: .stop, unit: unit, reason: .asked(call)), error: error)
    }
}

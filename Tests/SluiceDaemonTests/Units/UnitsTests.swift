import Glibc
import SluiceEngine
import SluiceModel
import SluiceSystem
import Testing

@testable import SluiceDaemon

extension Units.Order {
    static func hung(_ unit: WorkerUnit, _ job: Units.Job = .restart) -> Self {
        Self(job: job, unit: unit, reason: .hung(WorkerID(rawValue: 7), name: "sdxl"))
    }
}

extension Units {
    fileprivate func ask(_ order: Order) {
        ask(for: order.job, of: order.unit, because: order.reason)
    }

    /// What is said next of orders.
    fileprivate func answers() -> [LogRecord] {
        outcomes.wait()
        return takeOutcomes().compactMap { .of($0) }
    }
}

@Suite("Units of workers")
struct UnitsTests {
    /// Where nobody listens.
    static let nowhere = "unix:path=/nonexistent/bus"
    let caption: WorkerUnit
    let other: WorkerUnit

    init() throws {
        caption = try #require(WorkerUnit(instance: "caption"))
        other = try #require(WorkerUnit(instance: "other"))
    }

    @Test("Where there is no bus that is said once, with what to do, and nothing is held up")
    func noBus() throws {
        let units = try Units(bus: Self.nowhere)
        units.ask(.hung(caption))
        let first = try #require(units.answers().first)
        #expect(first.id == .unitRefused)
        #expect(first.message.hasPrefix("worker 7 (sdxl) hangs, and systemd does not restart "))
        #expect(first.message.hasSuffix("'systemctl restart sluice-worker@caption.service'"))
        #expect(first.fields[.unit] == "sluice-worker@caption.service")
        units.ask(.hung(caption))
        #expect(units.answers() == [])
        units.ask(.hung(other, .stop))
        #expect(units.answers() == [])
    }

    @Test("A unit that waits for an answer is not asked about twice")
    func once() throws {
        let units = try Units(bus: Self.nowhere)
        var outcomes: [Units.Outcome] = []
        for _ in 0..<3 { units.ask(.hung(caption)) }
        units.ask(.hung(other))
        while outcomes.count < 2 {
            units.outcomes.wait()
            units.outcomes.drain(into: &outcomes)
        }
        #expect(outcomes.map(\.order) == [.hung(caption), .hung(other)])
        #expect(outcomes.allSatisfy { $0.error?.isWithoutBus == true })
    }

    @Test("A process that runs outside of a worker's unit is nobody's to stop")
    func foreign() throws {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (ours, theirs) = (ends[0], ends[1])
        defer { for end in [ours, theirs] { close(end) } }
        #expect(Units.unit(of: getpid(), heldBy: ours) == nil)
        #expect(Units.unit(of: 0, heldBy: ours) == nil)
    }

    @Test("What was asked for is told with the unit, in systemctl's words")
    func words() {
        let told: [(Units.Job, String)] = [
            (.start, "start"), (.stop, "stop"), (.restart, "restart"),
        ]
        for (job, word) in told {
            let record = LogRecord.of(
                Units.Outcome(order: .hung(caption, job), error: nil))
            #expect(
                record?.message
                    == "worker 7 (sdxl) hangs: systemd is told to \(word) \(caption)"
            )
            #expect(record?.priority == .notice)
        }
    }
}

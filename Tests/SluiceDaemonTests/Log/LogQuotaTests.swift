import SluiceModel
import Testing

@testable import SluiceDaemon

/// The quota, asked for a moment.
private final class Asker {
    var quota = LogQuota()
    var nextDeadline: Instant? { quota.nextDeadline }

    /// How many of so many messages are admitted.
    func admitted(_ count: Int, _ id: MessageID, at now: Instant) -> Int {
        (0..<count).count { _ in quota.admits(id, at: now) }
    }

    func takeLeftOut(at now: Instant) -> [MessageID: Int] {
        Dictionary(quota.takeLeftOut(at: now).map { ($0.id, $0.count) }) { $0 + $1 }
    }
}

@Suite struct LogQuotaTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let asker = Asker()

    @Test("Of ten thousand a few are logged, and the number of the others once")
    func bounds() {
        #expect(asker.nextDeadline == nil)
        #expect(asker.admitted(10_000, .dismissed, at: start) == LogQuota.lines)
        let end = start + LogQuota.period
        #expect(asker.nextDeadline == end)
        let before = Instant(nanoseconds: end.nanoseconds - 1)
        #expect(asker.takeLeftOut(at: before).isEmpty)
        #expect(asker.admitted(1, .dismissed, at: before) == 0)
        #expect(asker.takeLeftOut(at: end) == [.dismissed: 10_001 - LogQuota.lines])
        #expect(asker.nextDeadline == nil)
        #expect(asker.takeLeftOut(at: end).isEmpty)
        // A new period.
        #expect(asker.admitted(100, .dismissed, at: end) == LogQuota.lines)
    }

    @Test("Where all were logged nothing is told, and nobody is woken for it")
    func quiet() {
        #expect(asker.admitted(LogQuota.lines, .dismissed, at: start) == LogQuota.lines)
        #expect(asker.nextDeadline == nil)
        #expect(asker.takeLeftOut(at: .distantFuture).isEmpty)
    }

    @Test("One kind does not use up another's, and each ends in its own time")
    func kinds() {
        _ = asker.admitted(30, .dismissed, at: start)
        let later = start + .seconds(10)
        #expect(asker.admitted(30, .workerLost, at: later) == LogQuota.lines)
        #expect(asker.nextDeadline == start + LogQuota.period)
        #expect(asker.takeLeftOut(at: start + LogQuota.period) == [.dismissed: 10])
        #expect(asker.nextDeadline == later + LogQuota.period)
        #expect(asker.takeLeftOut(at: .distantFuture) == [.workerLost: 10])
    }
}

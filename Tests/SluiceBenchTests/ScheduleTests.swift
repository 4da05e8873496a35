import SluiceModel
import Testing

@testable import SluiceBench

@Suite("An open loop")
struct ScheduleTests {
    private func at(milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test("Requests are due evenly, the first at once")
    func even() {
        var schedule = Schedule(from: at(milliseconds: 1_000), perSecond: 500)
        #expect(schedule.take(at: at(milliseconds: 999)) == nil)
        #expect(schedule.take(at: at(milliseconds: 1_000)) == at(milliseconds: 1_000))
        #expect(schedule.take(at: at(milliseconds: 1_001)) == nil)
        #expect(schedule.next == at(milliseconds: 1_002))
        #expect(schedule.take(at: at(milliseconds: 1_002)) == at(milliseconds: 1_002))
    }

    @Test("After a standstill all that were due come at once, with the moments they were due")
    func catchUp() {
        var schedule = Schedule(from: at(milliseconds: 0), perSecond: 1_000)
        _ = schedule.take(at: at(milliseconds: 0))
        var due: [Instant] = []
        while let intended = schedule.take(at: at(milliseconds: 5)) { due.append(intended) }
        #expect(due == (1...5).map { at(milliseconds: $0) })
    }

    @Test("A rate that does not divide a second does not drift")
    func noDrift() {
        var schedule = Schedule(from: at(milliseconds: 0), perSecond: 3)
        for _ in 0..<3_000 { _ = schedule.take(at: .distantFuture) }
        #expect(schedule.next == at(milliseconds: 1_000_000))
    }
}

@Suite("Latencies")
struct LatencyTests {
    @Test("The part of the requests that was faster is what a percentile says")
    func percentiles() {
        var latencies = Latencies()
        let start = Instant(nanoseconds: 5)
        for microseconds in 1...1000 {
            latencies.record(from: start, to: start + .microseconds(Int64(microseconds)))
        }
        #expect(latencies.count == 1000)
        #expect(abs(latencies.microseconds(atPercentile: 50) - 500) < 1)
        #expect(abs(latencies.microseconds(atPercentile: 99) - 990) < 1)
        #expect(abs(latencies.longestMicroseconds - 1000) < 1)
    }

    @Test("A clock that stands still, and one that stood for hours, are no trouble")
    func ends() {
        var latencies = Latencies()
        let now = Instant(nanoseconds: 5)
        latencies.record(from: now, to: now)
        latencies.record(from: now, to: now + .seconds(1_000_000))
        #expect(latencies.count == 2)
    }
}

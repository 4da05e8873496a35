import Glibc

/// A moment by the calendar, in milliseconds since 1970: what is kept over restarts cannot use the
/// monotonic clock, which begins anew with the machine.
public struct WallTime: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

    public static func - (time: Self, span: Duration) -> WallTime {
        let (seconds, attoseconds) = span.components
        let (scaled, isHuge) = seconds.multipliedReportingOverflow(by: 1000)
        let span = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        let (sum, isTooEarly) = time.milliseconds.subtractingReportingOverflow(span.partialValue)
        // Earlier than all that can be stored.
        guard !isHuge, !span.overflow, !isTooEarly else { return WallTime(milliseconds: .min) }
        return WallTime(milliseconds: sum)
    }

    /// How long ago an earlier moment was; a later one, and one that no clock showed, was just now.
    public func age(of earlier: WallTime) -> Duration {
        let (age, isHuge) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        return isHuge ? .zero : .milliseconds(max(0, age))
    }

    /// As it stands in the name of a file: `20260131T235959Z`.
    var stamp: String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))"
        return "\(date)T\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
    }
}

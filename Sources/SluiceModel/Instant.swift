/// A moment on the monotonic clock. Only differences mean anything.
public struct Instant: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Earlier than every moment that happens.
    public static let distantPast = Instant(nanoseconds: .min)
    /// Later than every moment that happens; what a sum that overflows becomes.
    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }

    public static func + (instant: Self, span: Duration) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return span.nanoseconds < 0 ? .distantPast : .distantFuture
    }

    /// Nanoseconds since an earlier moment. What is timed for each request is timed with this: a
    /// `Duration` is 128 bits wide, and dividing those costs more than all the rest.
    public func nanoseconds(since earlier: Instant) -> Int64 {
        let (span, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard overflow else { return span }
        return nanoseconds < 0 ? .min : .max
    }

    public static func - (later: Self, earlier: Self) -> Duration {
        let (span, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        guard overflow else { return .nanoseconds(span) }
        return .nanoseconds(later.nanoseconds < 0 ? Int64.min : Int64.max)
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold (292 years either way).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard overflow || carried else { return sum }
        return seconds < 0 ? .min : .max
    }

    /// Seconds as a floating-point number, for arithmetic that estimates.
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }

    /// The duration nearest to so many seconds; negative and not-a-number become zero.
    public init(estimatedSeconds seconds: Double) {
        guard seconds > 0 else {
            self = .zero
            return
        }
        self = .nanoseconds(seconds < 9e9 ? Int64(seconds * 1e9) : Int64.max)
    }
}

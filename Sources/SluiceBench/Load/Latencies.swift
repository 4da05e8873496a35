import Histogram
import SluiceModel

/// How long requests took, each of them, to three digits.
public struct Latencies {
    /// Longer than any run: what is above counts as this.
    private static let longest: UInt64 = 3_600_000_000_000
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    public init() {}

    public var count: Int { Int(histogram.totalCount) }

    @inline(__always)
    public mutating func record(from start: Instant, to end: Instant) {
        let nanoseconds = UInt64(clamping: end.nanoseconds - start.nanoseconds)
        histogram.record(min(max(nanoseconds, 1), Self.longest))
    }

    public mutating func reset() { histogram.reset() }

    /// Microseconds that so many percent of the requests took at most.
    public func microseconds(atPercentile percentile: Double) -> Double {
        Double(histogram.valueAtPercentile(percentile)) / 1e3
    }

    public var longestMicroseconds: Double { Double(histogram.maxRecorded) / 1e3 }
}

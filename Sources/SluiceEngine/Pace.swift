import SluiceModel

/// How fast a queue moves, and how long its requests waited, of late.
///
/// Everything counts half as much ten seconds later, in steps of a second ("forward decay",
/// Cormode et al., ICDE 2009, with the weight of the past scaled down instead of that of the
/// present up). So the last half minute makes seven eighths of what is shown, and nothing has to
/// be kept for each request. Waits are counted in buckets of which four make an octave, as in
/// HdrHistogram: a quantile is right within an eighth or so, from a millisecond to 39 hours.
struct Pace {
    /// 0.5 to the power of 1/10: what a second leaves.
    private static let decay = 0.933_032_991_536_807
    private static let smallestBits = 20
    private static let octaves = 27
    private static let buckets = octaves * 4 + 2

    /// The first request; nil: none came yet.
    private var bornAt: Instant?
    /// Whole seconds since then, up to which the counts are scaled.
    private var second: Int64 = 0
    private var admitted = 0.0
    private var started = 0.0
    /// Empty until the first request is begun: many a queue never sees one.
    private var waits: [Float] = []
    /// No quantile is longer than this, however wide its bucket.
    private var longest: Int64 = 0

    /// Takes in that a request was admitted.
    mutating func admit(at now: Instant) {
        advance(to: now)
        admitted += 1
    }

    /// Takes in that a worker began with a request, for the first time, that had waited so long.
    ///
    /// - Parameter wait: nanoseconds.
    mutating func start(after wait: Int64, at now: Instant) {
        advance(to: now)
        started += 1
        if waits.isEmpty { waits = Array(repeating: 0, count: Self.buckets) }
        waits[Self.bucket(of: wait)] += 1
        longest = max(longest, wait)
    }

    private mutating func advance(to now: Instant) {
        guard let bornAt else {
            self.bornAt = now
            return
        }
        let elapsed = now.nanoseconds(since: bornAt) / 1_000_000_000
        guard elapsed > second else { return }
        let factor = Self.left(after: elapsed - second)
        second = elapsed
        admitted *= factor
        started *= factor
        for bucket in waits.indices { waits[bucket] *= Float(factor) }
        // After a long silence nothing is left of what was.
        if factor < 0.001 { longest = 0 }
    }

    /// What so many seconds leave.
    private static func left(after seconds: Int64) -> Double {
        guard seconds < 1000 else { return 0 }
        var (factor, base, power) = (1.0, decay, seconds)
        while power > 0 {
            if power & 1 == 1 { factor *= base }
            base *= base
            power >>= 1
        }
        return factor
    }

    // MARK: What is shown

    /// How things stand at a moment.
    func view(at now: Instant) -> PaceView {
        guard let bornAt else { return PaceView() }
        var current = self
        current.advance(to: now)
        let seconds = current.weight(of: now - bornAt)
        return PaceView(
            admittedPerSecond: current.admitted / seconds,
            startedPerSecond: current.started / seconds,
            waitP50: current.quantile(0.5), waitP99: current.quantile(0.99))
    }

    /// What one event a second, from the first on, would have added up to. At least one: what
    /// began just now has no rate yet.
    private func weight(of age: Duration) -> Double {
        let current = age.inSeconds - Double(second)
        let past = Self.decay * (1 - Self.left(after: second)) / (1 - Self.decay)
        return max(1, current + past)
    }

    private func quantile(_ share: Double) -> Duration? {
        // Of what is older than some minutes nothing is left that means anything.
        let total = waits.reduce(0.0) { $0 + Double($1) }
        guard total > 0.01 else { return nil }
        var rest = total * share
        for (bucket, weight) in waits.enumerated() where weight > 0 {
            guard rest > Double(weight) else {
                guard bucket < Self.buckets - 1 else { break }
                let (low, high) = Self.bounds(of: bucket)
                let nanoseconds = low + Int64(Double(high - low) * rest / Double(weight))
                return .nanoseconds(min(nanoseconds, longest))
            }
            rest -= Double(weight)
        }
        return .nanoseconds(longest)
    }

    // MARK: Buckets

    /// The first bucket is all below 2^20 ns, about a millisecond; the last has no end.
    private static func bucket(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 1 << smallestBits else { return 0 }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        let quarter = Int(nanoseconds >> (exponent - 2)) & 3
        return min((exponent - smallestBits) * 4 + quarter + 1, buckets - 1)
    }

    private static func bounds(of bucket: Int) -> (low: Int64, high: Int64) {
        guard bucket > 0 else { return (0, 1 << smallestBits) }
        let unit: Int64 = 1 << (smallestBits + (bucket - 1) / 4 - 2)
        let quarter = Int64((bucket - 1) % 4)
        return ((4 + quarter) * unit, (5 + quarter) * unit)
    }
}

/// How fast a queue moves, of late.
public struct PaceView: Hashable, Sendable {
    public var admittedPerSecond: Double
    public var startedPerSecond: Double
    /// How long requests that were begun of late had waited; nil: none was.
    public var waitP50: Duration?
    public var waitP99: Duration?

    public init(
        admittedPerSecond: Double = 0, startedPerSecond: Double = 0, waitP50: Duration? = nil,
        waitP99: Duration? = nil
    ) {
        self.admittedPerSecond = admittedPerSecond
        self.startedPerSecond = startedPerSecond
        self.waitP50 = waitP50
        self.waitP99 = waitP99
    }
}

import SluiceModel

/// When the requests of an open loop should leave: evenly, whether or not the earlier ones were
/// answered. Latency is counted from there. Counted from when a request did leave, a broker that
/// stands still would be charged for one request instead of all that should have come meanwhile.
public struct Schedule {
    private let start: Instant
    private let perSecond: Double
    /// Requests handed out so far.
    private var count = 0

    /// - Parameter perSecond: more than zero.
    public init(from start: Instant, perSecond: Double) {
        precondition(perSecond > 0, "a schedule of no requests")
        self.start = start
        self.perSecond = perSecond
    }

    /// When the next request should leave. Computed from the start, so that nothing adds up.
    public var next: Instant {
        start + .nanoseconds(Int64(Double(count) * 1e9 / perSecond))
    }

    /// The moment for which the next request was planned, if that has come.
    public mutating func take(at now: Instant) -> Instant? {
        let next = next
        guard next <= now else { return nil }
        count += 1
        return next
    }
}

import SluiceModel

/// What clients do to a broker.
public struct Load: Sendable {
    public var connections = 1
    /// Requests that are out at once in a closed loop, over all connections.
    public var outstanding = 1
    /// Requests a second of an open loop; nil for a closed one.
    public var rate: Double?
    public var payload = 128
    public var passing = Passing.inline
    public var wantsStatus = false
    /// Of requests that are parked: so many connections send one each, and are waited for, before
    /// the next do; nil: all send what they have.
    public var wave: Int?
    /// The names are those of `EchoJob`, unless one is said.
    public var functions = 1
    public var function: String?

    public init() {}

    func name(of function: Int) -> String {
        self.function ?? EchoJob.function(function, of: functions)
    }
}

/// What came of it.
public struct LoadResult {
    public var latencies = Latencies()
    public var elapsed = Duration.zero
    public var statuses = 0

    /// Requests answered a second.
    public var rate: Double { Double(latencies.count) / max(elapsed.inSeconds, 1e-9) }
}

/// Something that is measured.
public struct Setting: Sendable {
    public enum Kind: Sendable {
        /// Requests go round for a while.
        case loop
        /// With the worker held, so many requests wait; then they are drained. As often as said.
        case park(Int, times: Int)
        /// Nothing happens.
        case idle
    }

    /// What is measured right before, to compare with.
    public enum Beside: Sendable {
        case nothing
        /// The relay, which does the same.
        case relay
        /// The same broker and a function without batches.
        case unbatched
    }

    public var name: String
    public var about: String
    public var kind: Kind
    public var load = Load()
    /// Requests in a batch, batches at once of a worker's connection, and its connections.
    public var batch = 1
    public var slots = 1
    public var workers = 1
    /// Whether the worker looks into large payloads.
    public var isReading = true
    public var beside = Beside.relay
    /// The brokers of others that do this work, too.
    public var peers: [BrokerKind] = []
    /// Whether all processes share one processor: on two, one request at a time has two modes, as
    /// the kernel places them.
    public var isPinned = false

    init(_ name: String, _ about: String, _ kind: Kind, _ change: (inout Setting) -> Void) {
        self.name = name
        self.about = about
        self.kind = kind
        change(&self)
    }

    /// The load that a broker can take: all but the daemon have payloads in their frames.
    func load(for broker: BrokerKind) -> Load {
        var load = load
        if broker != .sluice { load.passing = .inline }
        return load
    }

    /// Whether a measurement of a broker adds to the one before. How much memory a peer has is
    /// nearly the same every time, and a million requests take some of them long.
    public func isMeasured(of broker: BrokerKind, round: Int) -> Bool {
        switch kind {
        case .park: broker == .sluice || round == 1
        case .loop, .idle: true
        }
    }

    var unbatched: Setting {
        var setting = self
        setting.batch = 1
        return setting
    }
}

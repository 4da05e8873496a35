/// Who asks: the user behind a connection, as the kernel vouches for it.
public struct Caller: Hashable, Sendable {
    public var user: UInt32
    /// The session that it says it is, which it keeps over connections.
    public var session: SessionID

    public init(user: UInt32, session: SessionID = SessionID(high: 0, low: 0)) {
        self.user = user
        self.session = session
    }
}

/// A UUID by which a peer is known for the same on another connection: its first and its last
/// eight bytes.
public struct SessionID: Hashable, BitwiseCopyable, Sendable {
    public let high: UInt64
    public let low: UInt64
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

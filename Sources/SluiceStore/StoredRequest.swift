import SluiceModel

/// By which a client's request is known for the same when it is sent again: the number that the
/// client gave it, within the client's session, within what one user may name.
public struct RequestOrigin: Hashable, Sendable {
    /// Of the connection, as the kernel vouches for it.
    public var user: UInt32
    /// The UUID of the session, its first and its last eight bytes.
    public var sessionHigh: UInt64
    public var sessionLow: UInt64
    public var number: RequestNumber

    public init(user: UInt32, session: (high: UInt64, low: UInt64), number: RequestNumber) {
        self.user = user
        sessionHigh = session.high
        sessionLow = session.low
        self.number = number
    }
}

/// A detached request as it is admitted.
public struct NewRequest: Sendable {
    /// Its place, and the name under which it is fetched; larger than those before.
    public var id: RequestID
    public var origin: RequestOrigin
    /// On whose behalf a gateway asks.
    public var caller: String?
    public var function: String
    public var payload: StoredPayload
    public var queueTimeout: Duration?
    public var execTimeout: Duration?
    /// In all, from `enqueuedAt` on.
    public var deadline: Duration?
    public var enqueuedAt: WallTime

    public init(
        id: RequestID, origin: RequestOrigin, caller: String? = nil, function: String,
        payload: StoredPayload, queueTimeout: Duration? = nil, execTimeout: Duration? = nil,
        deadline: Duration? = nil, enqueuedAt: WallTime
    ) {
        self.id = id
        self.origin = origin
        self.caller = caller
        self.function = function
        self.payload = payload
        self.queueTimeout = queueTimeout
        self.execTimeout = execTimeout
        self.deadline = deadline
        self.enqueuedAt = enqueuedAt
    }
}

/// How a request ended, told by whoever ended it.
public struct Ending: Sendable {
    public var code: Code
    public var message: String
    /// What the worker answered.
    public var result: StoredPayload
    public var finishedAt: WallTime

    public init(
        _ code: Code, message: String = "", result: StoredPayload = .none,
        finishedAt: WallTime
    ) {
        self.code = code
        self.message = message
        self.result = result
        self.finishedAt = finishedAt
    }
}

/// Where a stored request is in its life.
///
///     waiting --start--> started --finish--> finished --result_ttl--> (gone)
///        ^ |                | |                 ^
///        | +----------------|-+-----finish------+
///        +----give back-----+
public enum StoredState: Int, Hashable, Sendable, CaseIterable {
    case waiting = 0
    case started = 1
    case finished = 2
}

/// All that is kept of a request but its bytes.
public struct StoredRequest: Hashable, Sendable {
    public var id: RequestID
    public var origin: RequestOrigin
    public var caller: String?
    public var function: String
    public var contentType: String?
    public var payloadBytes: Int
    public var queueTimeout: Duration?
    public var execTimeout: Duration?
    public var deadline: Duration?
    public var enqueuedAt: WallTime
    /// The request that this one repeats.
    public var retryOf: RequestID?
    public var state: StoredState
    /// How often a worker began with it, and how often one died with it alone.
    public var attempts: Int
    public var charged: Int
    /// Partial results of the last attempt that are kept, their bytes, and how many are not.
    public var chunks: Int
    public var chunkBytes: Int
    public var lostChunks: Int
    /// Nil until it is finished.
    public var conclusion: Conclusion?

    public struct Conclusion: Hashable, Sendable {
        public var finishedAt: WallTime
        /// A word that a later daemon wrote may not be in `Code`.
        public var code: String
        public var message: String
        public var contentType: String?
        public var resultBytes: Int
    }

    /// Whether it still has what it was asked with: not once it completed.
    public var canBeRetried: Bool {
        conclusion.map { $0.code != Code.ok.rawValue } ?? false
    }
}

/// A request that had no outcome when the last daemon ended.
public struct UnfinishedRequest: Sendable {
    public var request: StoredRequest
    public var payload: StoredPayload
}

extension Control {
    /// waiting → running → (settling →) finished → gone.
    public enum DetachedState: String, Codable, Hashable, Sendable, CaseIterable {
        /// settling: it has ended, and its outcome waits for room in the store.
        case waiting, running, settling, finished
    }

    /// A stored request, until it is discarded or its outcome too old.
    public struct Detached: Codable, Hashable, Sendable {
        public var id: UInt64
        public var function: String
        /// Whose it is, by user id.
        public var user: UInt32
        /// On whose behalf a gateway asked.
        @Nullable public var caller: String?
        public var state = DetachedState.waiting
        public var enqueuedAt: Double
        /// Since the store did not take its outcome.
        @Nullable public var settlingSeconds: Double?
        @Nullable public var finishedAt: Double?
        /// A code of sluice(7); a later daemon's may not be among them.
        @Nullable public var code: String?
        @Nullable public var message: String?
        public var attempts = 0
        public var bytes = 0
        @Nullable public var resultBytes: Int?
        /// Partial results that are kept.
        public var chunks = 0
        /// The request that this one repeats.
        @Nullable public var retryOf: UInt64?

        public init(id: UInt64, function: String, user: UInt32, enqueuedAt: Double) {
            self.id = id
            self.function = function
            self.user = user
            self.enqueuedAt = enqueuedAt
        }

        enum CodingKeys: String, CodingKey {
            case id, function, user, caller, state, code, message, attempts, bytes, chunks
            case enqueuedAt = "enqueued_at"
            case settlingSeconds = "settling_seconds"
            case finishedAt = "finished_at"
            case resultBytes = "result_bytes"
            case retryOf = "retry_of"
        }
    }

    /// Stored requests, oldest first. A page may be short, and others follow it.
    public struct ListDetached: VarlinkMethod {
        public static let name = "\(Control.interface).ListDetached"
        public var state: DetachedState?
        public var function: String?
        public var user: UInt32?
        public var after: UInt64?
        public var limit: Int?

        public init(
            state: DetachedState? = nil, function: String? = nil, user: UInt32? = nil,
            after: UInt64? = nil, limit: Int? = nil
        ) {
            self.state = state
            self.function = function
            self.user = user
            self.after = after
            self.limit = limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var requests: [Detached]
            @Nullable public var next: UInt64?

            public init(requests: [Detached], next: UInt64? = nil) {
                self.requests = requests
                self.next = next
            }
        }
    }

    public struct GetDetached: VarlinkMethod {
        public static let name = "\(Control.interface).GetDetached"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }

        public struct Reply: Codable, Hashable, Sendable {
            public var request: Detached
            public init(request: Detached) { self.request = request }
        }
    }

    /// Takes in what failed, expired or was cancelled once more, as a new request.
    public struct Retry: VarlinkMethod {
        public static let name = "\(Control.interface).Retry"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }

        public struct Reply: Codable, Hashable, Sendable {
            /// The new request.
            public var id: UInt64
            public init(id: UInt64) { self.id = id }
        }
    }

    /// Deletes a finished one, and its result, before its time.
    public struct Discard: VarlinkMethod {
        public static let name = "\(Control.interface).Discard"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }
        public typealias Reply = NoParameters
    }
}

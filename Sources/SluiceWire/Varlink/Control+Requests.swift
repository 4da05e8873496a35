extension Control {
    /// waiting → granted → running → (settling →) gone.
    public enum RequestState: String, Codable, Hashable, Sendable, CaseIterable {
        /// settling: it is detached and has ended, and its outcome waits for room in the store.
        case waiting, granted, running, settling
    }

    /// A live request: accepted, and without an outcome that could be told.
    public struct Request: Codable, Hashable, Sendable {
        public var id: UInt64
        public var function: String
        public var concurrencyID: String
        public var state = RequestState.waiting
        /// Waiting requests of the queue ahead; null once it waits no more.
        @Nullable public var rank: Int?
        /// Until it was started, or until now.
        public var waitingSeconds: Double = 0
        @Nullable public var runningSeconds: Double?
        /// Since the store did not take its outcome.
        @Nullable public var settlingSeconds: Double?
        @Nullable public var eta: Estimate?
        public var attempts = 0
        @Nullable public var worker: UInt64?
        @Nullable public var client: UInt64?
        /// Who asked, by user id.
        @Nullable public var user: UInt32?
        /// On whose behalf, where a gateway asked.
        @Nullable public var caller: String?
        public var bytes = 0
        /// Stored: it outlives the connection of its client.
        public var detached = false

        public init(id: UInt64, function: String, concurrencyID: String) {
            self.id = id
            self.function = function
            self.concurrencyID = concurrencyID
        }

        enum CodingKeys: String, CodingKey {
            case id, function, state, rank, eta, attempts, worker, client, user, caller, bytes
            case detached
            case concurrencyID = "concurrency_id"
            case waitingSeconds = "waiting_seconds"
            case runningSeconds = "running_seconds"
            case settlingSeconds = "settling_seconds"
        }
    }

    /// Until the outcome: half of the time at most `p50Seconds`, nine times in ten `p90Seconds`.
    public struct Estimate: Codable, Hashable, Sendable {
        public var p50Seconds: Double
        public var p90Seconds: Double

        public init(p50Seconds: Double, p90Seconds: Double) {
            self.p50Seconds = p50Seconds
            self.p90Seconds = p90Seconds
        }

        enum CodingKeys: String, CodingKey {
            case p50Seconds = "p50_seconds"
            case p90Seconds = "p90_seconds"
        }
    }

    /// Live requests, oldest first.
    public struct ListRequests: VarlinkMethod {
        public static let name = "\(Control.interface).ListRequests"
        public var concurrencyID: String?
        public var function: String?
        public var after: UInt64?
        public var limit: Int?

        public init(
            concurrencyID: String? = nil, function: String? = nil, after: UInt64? = nil,
            limit: Int? = nil
        ) {
            self.concurrencyID = concurrencyID
            self.function = function
            self.after = after
            self.limit = limit
        }

        enum CodingKeys: String, CodingKey {
            case concurrencyID = "concurrency_id"
            case function, after, limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var requests: [Request]
            @Nullable public var next: UInt64?

            public init(requests: [Request], next: UInt64? = nil) {
                self.requests = requests
                self.next = next
            }
        }
    }

    public struct GetRequest: VarlinkMethod {
        public static let name = "\(Control.interface).GetRequest"
        public var id: UInt64
        public init(id: UInt64) { self.id = id }

        public struct Reply: Codable, Hashable, Sendable {
            public var request: Request
            public init(request: Request) { self.request = request }
        }
    }
}

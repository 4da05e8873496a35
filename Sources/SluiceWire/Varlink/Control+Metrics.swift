extension Control {
    /// How often a value fell between which bounds, since the daemon started.
    public struct Distribution: Codable, Hashable, Sendable {
        /// One for each bound, of values that are at most that and above the bound before, and one
        /// for those above all. Empty where there was no value.
        public var counts: [Int]
        /// All values together.
        public var sum: Double

        public init(counts: [Int] = [], sum: Double = 0) {
            self.counts = counts
            self.sum = sum
        }
    }

    /// What was counted of a function since the daemon started.
    public struct FunctionMetrics: Codable, Hashable, Sendable {
        public var function: String
        public var concurrencyID: String
        /// Seconds until a worker first began with a request.
        public var waits = Distribution()
        /// Seconds from when a worker began with a batch until its place was free.
        public var runs = Distribution()
        /// Requests in a batch, as it was granted.
        public var batchSizes = Distribution()
        /// By code: requests that were accepted and have ended.
        public var outcomes: [String: Int] = [:]
        /// Workers that died with a batch of it in hand.
        public var workerDeaths = 0

        public init(function: String, concurrencyID: String) {
            self.function = function
            self.concurrencyID = concurrencyID
        }

        enum CodingKeys: String, CodingKey {
            case function, waits, runs, outcomes
            case concurrencyID = "concurrency_id"
            case batchSizes = "batch_sizes"
            case workerDeaths = "worker_deaths"
        }
    }

    /// What monitoring systems want: numbers that never fall while the daemon lives.
    public struct GetMetrics: VarlinkMethod {
        public static let name = "\(Control.interface).GetMetrics"
        public var after: String?
        public var limit: Int?

        public init(after: String? = nil, limit: Int? = nil) {
            self.after = after
            self.limit = limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            /// Of waits and runs, in seconds.
            public var durationBounds: [Double]
            public var sizeBounds: [Double]
            /// Requests that were not accepted, by code.
            public var refusals: [String: Int] = [:]
            public var workersAttached = 0
            /// Those that went with work in hand.
            public var workersLost = 0
            public var workersHung = 0
            public var functions: [FunctionMetrics] = []
            @Nullable public var next: String?

            public init(durationBounds: [Double] = [], sizeBounds: [Double] = []) {
                self.durationBounds = durationBounds
                self.sizeBounds = sizeBounds
            }

            enum CodingKeys: String, CodingKey {
                case refusals, functions, next
                case durationBounds = "duration_bounds"
                case sizeBounds = "size_bounds"
                case workersAttached = "workers_attached"
                case workersLost = "workers_lost"
                case workersHung = "workers_hung"
            }
        }
    }
}

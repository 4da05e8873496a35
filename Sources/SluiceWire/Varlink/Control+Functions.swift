extension Control {
    /// Whether a request that was started when its worker died may be run again.
    public enum RetryRule: String, Codable, Hashable, Sendable, CaseIterable {
        case crash, never
    }

    /// A function that workers declare or the configuration names.
    public struct Function: Codable, Hashable, Sendable {
        public var function: String
        public var concurrencyID: String
        public var batch = false
        public var maxBatchSize = 1
        /// A larger batch ran out of device memory.
        @Nullable public var learnedBatchSize: Int?
        public var maxBatchDelay: Double = 0
        @Nullable public var queueTimeout: Double?
        @Nullable public var execTimeout: Double?
        @Nullable public var expectedDuration: Double?
        public var cancelGrace: Double = 30
        public var retry = RetryRule.crash
        public var maxAttempts = 2
        public var restartable = false
        /// Bytes of a device that a worker has at rest, and each request beside that. Learned
        /// where nobody said it, and nil where nothing was.
        @Nullable public var memory: Int?
        @Nullable public var memoryPerItem: Int?
        /// Devices that a batch runs on.
        public var deviceCount = 1
        public var exclusive = false
        public var origins: [String: Origin] = [:]
        public var waiting = 0
        public var running = 0
        /// Attached ones that serve it.
        public var workers = 0
        public var hold = Hold.running
        @Nullable public var reason: String?
        @Nullable public var serviceTime: ServiceTime?

        public init(function: String, concurrencyID: String) {
            self.function = function
            self.concurrencyID = concurrencyID
        }

        enum CodingKeys: String, CodingKey {
            case function, batch, retry, restartable, origins, waiting, running, workers, hold
            case reason, memory, exclusive
            case concurrencyID = "concurrency_id"
            case maxBatchSize = "max_batch_size"
            case learnedBatchSize = "learned_batch_size"
            case maxBatchDelay = "max_batch_delay"
            case queueTimeout = "queue_timeout"
            case execTimeout = "exec_timeout"
            case expectedDuration = "expected_duration"
            case cancelGrace = "cancel_grace"
            case maxAttempts = "max_attempts"
            case memoryPerItem = "memory_per_item"
            case deviceCount = "device_count"
            case serviceTime = "service_time"
        }
    }

    /// What a batch of n takes: `perBatchSeconds + n * perRequestSeconds`.
    public struct ServiceTime: Codable, Hashable, Sendable {
        public var perBatchSeconds: Double
        public var perRequestSeconds: Double
        /// Batches it was learned from.
        public var samples: Int

        public init(perBatchSeconds: Double, perRequestSeconds: Double, samples: Int) {
            self.perBatchSeconds = perBatchSeconds
            self.perRequestSeconds = perRequestSeconds
            self.samples = samples
        }

        enum CodingKeys: String, CodingKey {
            case perBatchSeconds = "per_batch_seconds"
            case perRequestSeconds = "per_request_seconds"
            case samples
        }
    }

    /// Of one queue, or all.
    public struct ListFunctions: VarlinkMethod {
        public static let name = "\(Control.interface).ListFunctions"
        public var concurrencyID: String?
        public var after: String?
        public var limit: Int?

        public init(concurrencyID: String? = nil, after: String? = nil, limit: Int? = nil) {
            self.concurrencyID = concurrencyID
            self.after = after
            self.limit = limit
        }

        enum CodingKeys: String, CodingKey {
            case concurrencyID = "concurrency_id"
            case after, limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var functions: [Function]
            @Nullable public var next: String?

            public init(functions: [Function], next: String? = nil) {
                self.functions = functions
                self.next = next
            }
        }
    }
}

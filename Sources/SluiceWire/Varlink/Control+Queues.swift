extension Control {
    /// Which devices a queue is bound to.
    public enum DeviceSelection: String, Codable, Hashable, Sendable, CaseIterable {
        case none, all, named
    }

    /// One `concurrency_id`: its waiting requests and the limits on them.
    public struct Queue: Codable, Hashable, Sendable {
        public var concurrencyID: String
        @Nullable public var concurrencyLimit: Int?
        @Nullable public var maxSize: Int?
        @Nullable public var maxWait: Double?
        /// Which devices its batches run on, those of them that there are, and those that are
        /// named and not there.
        public var selection = DeviceSelection.none
        public var devices: [String] = []
        public var missingDevices: [String] = []
        /// Batches on each of them; nil: no limit.
        @Nullable public var perDeviceLimit: Int?
        /// By key, for the limits.
        public var origins: [String: Origin] = [:]
        /// Requests.
        public var waiting = 0
        /// Batches.
        public var running = 0
        /// By how much `running` is above a limit that was lowered.
        public var overBy = 0
        public var hold = Hold.running
        /// Why it is held, where somebody or something said so.
        @Nullable public var reason: String?
        @Nullable public var oldestWaitingSeconds: Double?
        /// Of late: what is older counts less and less.
        public var admittedPerSecond = 0.0
        public var startedPerSecond = 0.0
        /// How long requests that were begun of late had waited; nil: none was.
        @Nullable public var waitP50Seconds: Double?
        @Nullable public var waitP99Seconds: Double?
        public var functions: [String] = []
        /// Functions that declare different limits, for instance.
        @Nullable public var warning: String?

        public init(concurrencyID: String) { self.concurrencyID = concurrencyID }

        enum CodingKeys: String, CodingKey {
            case origins, waiting, running, hold, reason, functions, warning, selection, devices
            case concurrencyID = "concurrency_id"
            case concurrencyLimit = "concurrency_limit"
            case maxSize = "max_size"
            case maxWait = "max_wait"
            case missingDevices = "missing_devices"
            case perDeviceLimit = "per_device_limit"
            case overBy = "over_by"
            case oldestWaitingSeconds = "oldest_waiting_seconds"
            case admittedPerSecond = "admitted_per_second"
            case startedPerSecond = "started_per_second"
            case waitP50Seconds = "wait_p50_seconds"
            case waitP99Seconds = "wait_p99_seconds"
        }
    }

    public struct ListQueues: VarlinkMethod {
        public static let name = "\(Control.interface).ListQueues"
        public var after: String?
        public var limit: Int?

        public init(after: String? = nil, limit: Int? = nil) {
            self.after = after
            self.limit = limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var queues: [Queue]
            @Nullable public var next: String?

            public init(queues: [Queue], next: String? = nil) {
                self.queues = queues
                self.next = next
            }
        }
    }

    public struct GetQueue: VarlinkMethod {
        public static let name = "\(Control.interface).GetQueue"
        public var concurrencyID: String
        public init(concurrencyID: String) { self.concurrencyID = concurrencyID }
        enum CodingKeys: String, CodingKey { case concurrencyID = "concurrency_id" }

        public struct Reply: Codable, Hashable, Sendable {
            public var queue: Queue
            public var functions: [Function]

            public init(queue: Queue, functions: [Function]) {
                self.queue = queue
                self.functions = functions
            }
        }
    }
}

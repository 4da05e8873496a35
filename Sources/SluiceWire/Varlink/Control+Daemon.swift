// A report's identity is given to its initialiser; everything else begins as "nothing known" and
// is filled in by name, because twenty arguments in a row are how fields get swapped.

extension Control {
    /// The daemon as a whole.
    public struct Status: VarlinkMethod {
        public static let name = "\(Control.interface).Status"
        public init() {}
        public typealias Reply = Daemon
    }

    public struct Daemon: Codable, Hashable, Sendable {
        public var version: String
        /// Changes with every start.
        public var instance: String
        public var pid: Int32
        public var startedAt: Double = 0
        public var uptimeSeconds: Double = 0
        public var hold = Hold.running
        /// How long peers of before a restart are still awaited; nothing starts meanwhile.
        @Nullable public var reclaimingSeconds: Double?
        /// Known ones.
        public var queues = 0
        public var waiting = 0
        public var running = 0
        @Nullable public var maxRunning: Int?
        @Nullable public var maxSize: Int?
        @Nullable public var defaultConcurrencyLimit: Int?
        /// Payload bytes held for waiting requests.
        public var bytes = 0
        public var maxBytes = 0
        public var origins: [String: Origin] = [:]
        public var clients = 0
        public var workers = 0
        public var workersHung = 0
        public var devices = 0
        /// Those on which nothing new starts.
        public var devicesCordoned = 0
        public var outcomes = Outcomes()
        /// Nil where no detached requests are kept.
        @Nullable public var store: Store?

        public init(version: String, instance: String, pid: Int32) {
            self.version = version
            self.instance = instance
            self.pid = pid
        }

        enum CodingKeys: String, CodingKey {
            case version, instance, pid, hold, queues, waiting, running, bytes, origins, clients
            case workers, outcomes, devices, store
            case startedAt = "started_at"
            case uptimeSeconds = "uptime_seconds"
            case reclaimingSeconds = "reclaiming_seconds"
            case maxRunning = "max_running"
            case maxSize = "max_size"
            case defaultConcurrencyLimit = "default_concurrency_limit"
            case maxBytes = "max_bytes"
            case workersHung = "workers_hung"
            case devicesCordoned = "devices_cordoned"
        }
    }

    public enum StoreState: String, Codable, Hashable, Sendable, CaseIterable {
        case usable
        /// New detached requests are refused.
        case diskFull = "disk_full"
        /// So are all.
        case failed
    }

    /// How full the file of detached requests is, as of its last commit.
    public struct Store: Codable, Hashable, Sendable {
        public var state = StoreState.usable
        /// Why it cannot be used.
        @Nullable public var reason: String?
        /// Requests in it; null where it cannot be used.
        @Nullable public var requests: Int?
        @Nullable public var bytes: Int?
        public var maxStoredBytes: Int
        /// Requests whose outcome waits for room.
        public var settling = 0

        public init(maxStoredBytes: Int) { self.maxStoredBytes = maxStoredBytes }

        enum CodingKeys: String, CodingKey {
            case state, reason, requests, bytes, settling
            case maxStoredBytes = "max_stored_bytes"
        }
    }

    /// How many requests ended in which way since the daemon started.
    public struct Outcomes: Codable, Hashable, Sendable {
        public var completed = 0
        public var failed = 0
        public var cancelled = 0
        public var expired = 0
        public var rejected = 0
        public init() {}
    }
}

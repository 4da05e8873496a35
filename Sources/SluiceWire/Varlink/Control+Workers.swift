extension Control {
    public enum WorkerState: String, Codable, Hashable, Sendable, CaseIterable {
        case idle, busy, hung, draining
    }

    /// An attached process.
    public struct Worker: Codable, Hashable, Sendable {
        public var id: UInt64
        public var name: String
        public var pid: Int32
        /// Batches it is willing to run at once, and those it runs.
        public var slots = 0
        public var busy = 0
        public var functions: [String] = []
        public var hold = Hold.running
        public var state = WorkerState.idle
        /// Those it has for itself, where it asked for some.
        public var devices: [String] = []
        public var awaitsDevices = false
        public var attachedSeconds: Double = 0

        public init(id: UInt64, name: String, pid: Int32) {
            self.id = id
            self.name = name
            self.pid = pid
        }

        enum CodingKeys: String, CodingKey {
            case id, name, pid, slots, busy, functions, hold, state, devices
            case awaitsDevices = "awaits_devices"
            case attachedSeconds = "attached_seconds"
        }
    }

    public struct ListWorkers: VarlinkMethod {
        public static let name = "\(Control.interface).ListWorkers"
        public var after: UInt64?
        public var limit: Int?

        public init(after: UInt64? = nil, limit: Int? = nil) {
            self.after = after
            self.limit = limit
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var workers: [Worker]
            @Nullable public var next: UInt64?

            public init(workers: [Worker], next: UInt64? = nil) {
                self.workers = workers
                self.next = next
            }
        }
    }
}

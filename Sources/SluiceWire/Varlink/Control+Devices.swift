extension Control {
    public enum DeviceKind: String, Codable, Hashable, Sendable, CaseIterable {
        case nvidia, amd, generic, simulated
    }

    public enum DeviceState: String, Codable, Hashable, Sendable, CaseIterable {
        case usable
        /// Nothing new starts on it.
        case cordoned
        /// It is not there.
        case lost
    }

    public enum CordonKind: String, Codable, Hashable, Sendable, CaseIterable {
        case `operator`, lost, fault, hot, hung
    }

    /// Why nothing new starts on a device.
    public struct CordonReason: Codable, Hashable, Sendable {
        public var kind: CordonKind
        public var reason: String
        public var sinceSeconds: Double
        /// Nil: not by itself, or its cause is not gone yet.
        @Nullable public var endsInSeconds: Double?

        public init(
            kind: CordonKind, reason: String, sinceSeconds: Double, endsInSeconds: Double? = nil
        ) {
            self.kind = kind
            self.reason = reason
            self.sinceSeconds = sinceSeconds
            self.endsInSeconds = endsInSeconds
        }

        enum CodingKeys: String, CodingKey {
            case kind, reason
            case sinceSeconds = "since_seconds"
            case endsInSeconds = "ends_in_seconds"
        }
    }

    /// A worker's process that has something of a device.
    public struct DeviceHolder: Codable, Hashable, Sendable {
        /// Nil where its connection is gone.
        @Nullable public var worker: UInt64?
        @Nullable public var name: String?
        @Nullable public var pid: Int32?
        public var lease = false
        /// Whether no other worker may be there beside it.
        public var exclusive = false
        /// What its lease and its running batches reserve, and what it was seen to have.
        public var leasedBytes = 0
        public var reservedBytes = 0
        @Nullable public var seenBytes: Int?
        /// Batches.
        public var running = 0
        /// Its process has ended, and its memory was not seen to be free yet.
        public var gone = false

        public init(worker: UInt64?, name: String?, pid: Int32?) {
            self.worker = worker
            self.name = name
            self.pid = pid
        }

        enum CodingKeys: String, CodingKey {
            case worker, name, pid, lease, exclusive, running, gone
            case leasedBytes = "leased_bytes"
            case reservedBytes = "reserved_bytes"
            case seenBytes = "seen_bytes"
        }
    }

    /// A process that is no worker's.
    public struct DeviceProcess: Codable, Hashable, Sendable {
        public var pid: Int32
        /// Of its program; nil where that may not be known.
        @Nullable public var name: String?
        @Nullable public var bytes: Int?

        public init(pid: Int32, name: String? = nil, bytes: Int? = nil) {
            self.pid = pid
            self.name = name
            self.bytes = bytes
        }
    }

    /// A GPU or what stands for one.
    public struct Device: Codable, Hashable, Sendable {
        public var device: String
        public var kind: DeviceKind
        @Nullable public var model: String?
        @Nullable public var identity: String?
        public var paths: [String] = []
        public var state = DeviceState.usable
        public var cordons: [CordonReason] = []
        /// What was seen when it was looked at last, so long ago; nil: it never was.
        @Nullable public var sampleAgeSeconds: Double?
        @Nullable public var memoryTotalBytes: Int?
        @Nullable public var memoryUsedBytes: Int?
        /// What workers have or were promised, what is others', and what is nobody's.
        public var memoryHeldBytes = 0
        public var memoryForeignBytes = 0
        @Nullable public var memoryFreeBytes: Int?
        /// Bytes that are left to nobody.
        public var reserve = 0
        /// Percent.
        @Nullable public var utilisation: Int?
        /// Degrees Celsius.
        @Nullable public var temperature: Int?
        @Nullable public var maxTemperature: Int?
        @Nullable public var powerWatts: Double?
        @Nullable public var uncordonAfter: Double?
        /// Batches.
        public var running = 0
        public var queues: [String] = []
        public var holders: [DeviceHolder] = []
        public var strangers: [DeviceProcess] = []
        /// The function for whose batch it is being emptied.
        @Nullable public var promisedTo: String?

        public init(device: String, kind: DeviceKind) {
            self.device = device
            self.kind = kind
        }

        enum CodingKeys: String, CodingKey {
            case device, kind, model, identity, paths, state, cordons, reserve, utilisation
            case temperature, running, queues, holders, strangers
            case sampleAgeSeconds = "sample_age_seconds"
            case memoryTotalBytes = "memory_total_bytes"
            case memoryUsedBytes = "memory_used_bytes"
            case memoryHeldBytes = "memory_held_bytes"
            case memoryForeignBytes = "memory_foreign_bytes"
            case memoryFreeBytes = "memory_free_bytes"
            case maxTemperature = "max_temperature"
            case powerWatts = "power_watts"
            case uncordonAfter = "uncordon_after"
            case promisedTo = "promised_to"
        }
    }

    /// All devices, or one.
    public struct ListDevices: VarlinkMethod {
        public static let name = "\(Control.interface).ListDevices"
        public var device: String?
        public var after: String?

        public init(device: String? = nil, after: String? = nil) {
            self.device = device
            self.after = after
        }

        public struct Reply: Codable, Hashable, Sendable {
            public var devices: [Device]
            @Nullable public var next: String?

            public init(devices: [Device], next: String? = nil) {
                self.devices = devices
                self.next = next
            }
        }
    }

    /// Start nothing more on a device.
    public struct Cordon: VarlinkMethod {
        public static let name = "\(Control.interface).Cordon"
        public var device: String
        public var reason: String?
        public var runtime: Bool?

        public init(device: String, reason: String? = nil, runtime: Bool? = nil) {
            self.device = device
            self.reason = reason
            self.runtime = runtime
        }

        public typealias Reply = NoParameters
    }

    /// Use it again.
    public struct Uncordon: VarlinkMethod {
        public static let name = "\(Control.interface).Uncordon"
        public var device: String
        public var runtime: Bool?

        public init(device: String, runtime: Bool? = nil) {
            self.device = device
            self.runtime = runtime
        }

        public typealias Reply = NoParameters
    }
}

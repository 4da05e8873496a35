// Devices as everybody speaks of them: what there is, how it is, and what may be said about it.
// What follows from that, places, leases and memory, is the engine's.

/// What stands behind a device.
public enum DeviceKind: String, Hashable, Sendable, CaseIterable {
    /// Found by NVML.
    case nvidia
    /// Found in amdgpu's sysfs.
    case amd
    /// Declared, with the device nodes that it is reached by.
    case generic
    /// Declared, and nothing stands behind it: for tests, and machines without a GPU.
    case simulated
}

/// A device as it was found or declared.
public struct DeviceDescription: Hashable, Sendable {
    /// What it is called everywhere, one that `Name.isValid` accepts: `gpu0`.
    public var name: String
    public var kind: DeviceKind
    /// For people: `NVIDIA H200`.
    public var model: String
    /// What stays the same over boots and slots: NVIDIA's UUID, AMD's unique id.
    public var identity: String?
    /// Bytes in all; nil where nobody knows, and then memory is not accounted.
    public var memory: Int?
    /// Device nodes by which it is reached.
    public var paths: [String]
    /// What a worker that is to see this device alone has to find in its environment.
    public var visibility: DeviceVisibility?
    /// Degrees Celsius at which the hardware itself slows down, where it says.
    public var slowdownTemperature: Int?

    public init(
        name: String, kind: DeviceKind, model: String = "", identity: String? = nil,
        memory: Int? = nil, paths: [String] = [], visibility: DeviceVisibility? = nil,
        slowdownTemperature: Int? = nil
    ) {
        self.name = name
        self.kind = kind
        self.model = model
        self.identity = identity
        self.memory = memory
        self.paths = paths
        self.visibility = visibility
        self.slowdownTemperature = slowdownTemperature
    }
}

/// An environment variable of a framework, and what in its list stands for the device. The
/// values of several devices are joined by commas.
public struct DeviceVisibility: Hashable, Sendable {
    /// `CUDA_VISIBLE_DEVICES`.
    public var variable: String
    /// `GPU-5e1c…`.
    public var value: String

    public init(variable: String, value: String) {
        self.variable = variable
        self.value = value
    }
}

/// How a device is at one time. What nobody can say is nil.
public struct DeviceSample: Hashable, Sendable {
    /// Bytes, of all processes and of the driver.
    public var used: Int?
    /// Percent of the last moment in which it computed.
    public var utilisation: Int?
    /// Degrees Celsius.
    public var temperature: Int?
    /// Milliwatts.
    public var power: Int?
    public var processes: [DeviceProcess]
    /// Whether these are all: of some devices nobody can say who uses them.
    public var knowsProcesses: Bool

    public init(
        used: Int? = nil, utilisation: Int? = nil, temperature: Int? = nil, power: Int? = nil,
        processes: [DeviceProcess] = [], knowsProcesses: Bool = true
    ) {
        self.knowsProcesses = knowsProcesses
        self.used = used
        self.utilisation = utilisation
        self.temperature = temperature
        self.power = power
        self.processes = processes
    }
}

/// A process that has a device in use.
public struct DeviceProcess: Hashable, Sendable {
    public var process: Int32
    /// Its ancestors, the nearest first: a worker may leave the device to a child.
    public var ancestors: [Int32]
    /// Of the program, for people; empty where it may not be known.
    public var name: String
    /// Bytes; nil where the driver does not say.
    public var bytes: Int?

    public init(process: Int32, ancestors: [Int32] = [], name: String = "", bytes: Int? = nil) {
        self.process = process
        self.ancestors = ancestors
        self.name = name
        self.bytes = bytes
    }
}

/// What is the matter with a device, as the hardware or its driver says.
public enum DeviceTrouble: Hashable, Sendable {
    /// It is not there any more.
    case lost(String)
    /// An error that is the device's own and not a program's: `Xid 48: double-bit ECC error`.
    case fault(String)
}

/// What the configuration says of one device.
public struct DeviceSettings: Hashable, Sendable {
    public var name: String
    /// What it declares; nil: it names and describes one that is found.
    public var kind: DeviceKind?
    /// Which of those that are found is meant; nil: the one that has the name already.
    public var identity: String?
    public var paths: [String] = []
    /// Bytes, of one that is declared.
    public var memory: Int?
    /// Bytes that are left to nobody. Nil: 256 MiB of what is found, nothing of what is declared.
    public var reserve: Int?
    /// Degrees Celsius from which nothing new starts. Nil: where the hardware itself slows down.
    public var maxTemperature: Limit?
    /// How long the cause of a cordon must be gone until the device is used again by itself.
    /// `.some(nil)`: only an operator gives it back. Nil: a minute.
    public var uncordonAfter: Duration??

    public init(name: String, kind: DeviceKind? = nil, identity: String? = nil) {
        self.name = name
        self.kind = kind
        self.identity = identity
    }
}

/// Which devices a queue is bound to.
public enum DeviceSelection: Hashable, Sendable, CustomStringConvertible {
    case unbound
    case all
    case named([String])

    /// As in the configuration: `none`, `all` or `gpu0,gpu1`.
    public var description: String {
        switch self {
        case .unbound: "none"
        case .all: "all"
        case .named(let names): names.joined(separator: ",")
        }
    }
}

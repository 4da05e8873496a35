import SluiceModel

/// What to look for, and where.
public struct DeviceSearch: Hashable, Sendable {
    /// What the configuration says of devices, each name once.
    public var settings: [DeviceSettings]
    /// Whether to look for devices of NVIDIA and AMD at all. Without, only declared ones are used.
    public var discovers: Bool
    /// The file that says how simulated devices are; see `Simulation`.
    public var simulation: String?
    /// NVML, as dlopen takes it: a name to be looked up, or a path.
    public var nvml = "libnvidia-ml.so.1"
    /// Where the file system begins; tests have one of their own.
    public var root = ""

    public init(
        settings: [DeviceSettings] = [], discovers: Bool = true, simulation: String? = nil
    ) {
        self.settings = settings
        self.discovers = discovers
        self.simulation = simulation
    }
}

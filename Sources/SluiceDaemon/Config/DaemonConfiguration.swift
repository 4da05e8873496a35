import SluiceModel
import SluiceStore

/// What the configuration says about the daemon's edge: its sockets, who may use them, and what is
/// kept on the disk. The engine knows nothing of it.
public struct DaemonConfiguration: Hashable, Sendable {
    /// Connected clients.
    public var maxConnections: Int = 4096
    /// Connected clients of one user.
    public var maxConnectionsPerUser: Limit = .at(1024)
    /// Attached workers.
    public var maxWorkers: Int = 1024
    /// Bytes that may wait for one client behind the frame being written, before it is
    /// closed with `slow_reader`. The frame itself does not count, so that the largest one can
    /// always be sent.
    public var maxOutgoingBytes: Int = 64 << 20
    /// How long a client may take nothing of what waits for it.
    public var stallTimeout: Duration = .seconds(300)
    /// Whether to look for devices of NVIDIA and AMD.
    public var discoverDevices = true
    /// How often devices in use are looked at.
    public var deviceSampleInterval: Duration = .seconds(1)
    /// Bytes of frames that peers began and did not finish, all together. Whoever goes on with a
    /// long one beyond it is closed with `too_large`.
    public var maxIncomingBytes: Int = 1 << 30
    /// Connections of control.sock.
    public var maxControlConnections: Int = 256
    /// The group that may read over control.sock; nil: root and the admin group only.
    public var readGroup: UInt32?
    /// The group that may change things over control.sock; nil: root only.
    public var adminGroup: UInt32?
    /// How detached requests are kept, where there is a state directory.
    public var store = StoreSettings()

    public init() {}
}

/// A configuration in which nothing is wrong.
public struct CheckedConfiguration: Hashable, Sendable {
    /// What the engine is to know.
    public var engine = Configuration()
    public var edge = DaemonConfiguration()
    /// What holds, but may not be what was meant; to be logged.
    public var warnings: [ConfigurationError] = []

    public init() {}
}

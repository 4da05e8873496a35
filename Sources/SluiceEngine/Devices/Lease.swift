import SluiceModel

/// What a worker asks for before it loads its model.
public struct LeaseRequest: Hashable, Sendable {
    /// Devices, all at once.
    public var count: Int
    /// Bytes that it will have in use on each at rest.
    public var memory: Int?
    /// Which would do; empty: any.
    public var devices: [String]
    /// Whether no other worker may be on them.
    public var isExclusive: Bool
    /// It has exactly these devices already, from an earlier connection.
    public var isHeld: Bool

    public init(
        count: Int = 1, memory: Int? = nil, devices: [String] = [], isExclusive: Bool = false,
        isHeld: Bool = false
    ) {
        self.count = count
        self.memory = memory
        self.devices = devices
        self.isExclusive = isExclusive
        self.isHeld = isHeld
    }
}

/// The right of a worker's process to use some devices, until that process is gone.
struct Lease {
    let process: ProcessKey
    /// None while its connection is gone and its process is not.
    var worker: Index<Worker>
    let devices: [Index<Device>]
    /// Bytes that it asked for.
    let memory: Int
    let isExclusive: Bool
    /// Its process had the devices before this engine knew of it.
    var isReturned = false
    /// Its worker has said that it is ready: it has loaded what it serves.
    var isSettled = false
    /// What it was seen to have before its first batch, on its first device.
    var baseline: Int?
    /// Requests that it ran at once, at most.
    var mostItems = 0
}

/// A worker that waits for devices.
struct Applicant {
    let worker: Index<Worker>
    let id: WorkerID
    let request: LeaseRequest
    /// The latest request when it asked: older ones are not kept from a device for it.
    let place: RequestID
}

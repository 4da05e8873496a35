import SluiceEngine
import SluiceModel

/// What is known of devices: what there is, who has what of it, and why nothing new starts there.
/// Who has so much is worked out anew from leases and open grants whenever it is asked.
struct Equipment {
    /// Who has something of a device: a process, or a worker whose process nobody knows.
    enum Owner: Hashable {
        case process(Int32)
        case worker(WorkerID)

        init(_ process: Int32, of worker: WorkerID) {
            self = process > 0 ? .process(process) : .worker(worker)
        }
    }

    enum Cause: Hashable {
        case byOperator, lost, fault, hot
        case hung(Owner)
        var endsByItself: Bool { self == .lost || self == .fault || self == .hot }
    }

    /// Whether a device is looked at, and was since that began; at last what is known has to do.
    enum Watch: Hashable {
        case off
        case begun(enoughAt: Instant)
        case current
    }

    struct Device {
        var description: DeviceDescription
        var sample: DeviceSample?
        /// Why nothing new starts, and since when each cause has been gone.
        var cordons: [(cause: Cause, goneSince: Instant?)] = []
        var watch = Watch.off
        var name: String { description.name }
        var isUsable: Bool { cordons.isEmpty }
        /// Whether nobody knows any more how much of it is in use, and somebody will.
        var isUnseen: Bool { canTell && watch != .current }
        var canTell: Bool { description.memory != nil && sample?.used != nil }
    }

    struct Lease {
        let owner: Owner
        /// Nil while its connection is gone.
        var worker: WorkerID?
        let devices: [String]
        let asked: Int
        /// What it reserves of each device.
        var weight: Int
        let isExclusive: Bool
        /// How many were given before it.
        let serial: Int
        /// Its process had the devices before anybody knew of it.
        var isReturned = false
        /// Its worker was ready.
        var isSettled = false
        var baseline: Int?
        var mostItems = 0
    }

    /// What a process had when its connection went, and may be running still.
    struct Residue {
        let owner: Owner
        let device: String
        var bytes: Int
        var isExclusive: Bool
    }

    /// What a process had when it ended, until it is seen to be free.
    struct Remains {
        let owner: Owner
        let device: String
        let bytes: Int
        var samplesToCome = 2
        let forgottenAt: Instant
    }

    struct Applicant {
        let worker: WorkerID
        let owner: Owner
        let request: LeaseRequest
        /// The highest number of a request before the turn in which it asked, and after it.
        let after: RequestID
        var before: RequestID?
    }

    /// What one owner has of one device.
    struct Part {
        var leased = 0
        var running = 0
        var batches = 0
        /// By a lease, or by what is left of an earlier connection.
        var stays = false
        var isKeptAlone = false
        var runsAlone = false
        var isGone = false
        var seen: Int?
        var committed: Int { leased + running }
        var charge: Int { max(committed, seen ?? 0) }
        var attributed: Int { seen ?? committed }
    }

    var devices: [Device] = []
    var areKnown = false
    var leases: [Owner: Lease] = [:]
    /// Leases that were ever given.
    var given = 0
    var residue: [Residue] = []
    var remains: [Remains] = []
    var applicants: [Applicant] = []
    var operatorCordons: Set<String> = []
    /// Devices that are to be looked at, as was said last.
    var watched: Set<String> = []
    /// Devices that became usable or were not any more in this turn.
    var turned = 0

    func index(_ name: String) -> Int? { devices.firstIndex { $0.name == name } }

    func device(_ name: String) -> Device? { devices.first { $0.name == name } }
}

extension DeviceSample {
    /// Bytes of a process and its children; nil: nobody can say.
    func bytes(of owner: Equipment.Owner) -> Int? {
        guard case .process(let number) = owner else { return nil }
        var sum = 0
        for process in processes
        where process.process == number || process.ancestors.contains(number) {
            guard let bytes = process.bytes else { return nil }
            sum += bytes
        }
        return sum
    }
}

extension DeviceSelection {
    func has(_ name: String) -> Bool {
        switch self {
        case .unbound: false
        case .all: true
        case .named(let names): names.contains(name)
        }
    }
}

import SluiceModel

/// A device, with everything the engine knows about it.
///
/// Of its memory every byte is somebody's: a holder's, the reserve's, or that of a process that
/// nobody here knows. A batch starts only where what it may take is nobody's yet.
struct Device {
    let name: String
    var description: DeviceDescription
    var rules: DeviceRules
    /// Why nothing new starts on it, each reason once.
    var cordons: [Cordoned] = []
    /// How it was when it was looked at last, and when that was heard.
    var sample: DeviceSample?
    var sampledAt: Instant?
    /// Processes of workers that have something of it.
    var holders: [Holder] = []
    /// Leases of it.
    var leases: [Index<Lease>] = []
    /// What runs on it, in order of granting.
    var batches: [Batch] = []
    /// The queues that are bound to it.
    var queues: [Index<Queue>] = []
    /// The function for whose batch it is being emptied; what is younger does not start on it.
    var promisedTo = Index<Function>.none
    /// It is being emptied for a worker that asked for it when this was the latest request; what
    /// is younger does not start on it.
    var keptSince: RequestID?
    /// Whether a batch waits for memory of it, of which the last look may not be true any more.
    var isWished = false
    /// Whether it is to be sampled, and until when where nothing uses it.
    var watch = Watch.off
    var restsAt = Instant.distantFuture
    /// What its timer is armed for.
    var wakesAt = Instant.distantFuture

    enum Watch: Hashable {
        /// What is known of it may be old.
        case off
        /// A sample is to come. When none does, what is known has to do.
        case awaited(until: Instant)
        case current
    }

    struct Batch {
        let grant: Index<Grant>
        let queue: Index<Queue>
    }

    init(_ description: DeviceDescription, _ rules: DeviceRules) {
        name = description.name
        self.description = description
        self.rules = rules
    }

    var isUsable: Bool { cordons.isEmpty }
    var isInUse: Bool { !holders.isEmpty || !batches.isEmpty }
    var isWatched: Bool { watch != .off }

    /// Whether somebody ever said how much of it is in use, and is asked again.
    var tellsMemory: Bool { description.memory != nil && sample?.used != nil }

    /// Whether what is known of its memory is worth anything: since nobody looks, somebody else
    /// may have taken it.
    var isSeen: Bool { watch == .current || !tellsMemory }

    // MARK: Memory

    /// Bytes that workers have: what was promised to them, or what they have taken where that is
    /// more.
    var held: Int { holders.reduce(0) { $0 + $1.charge } }

    /// Bytes of processes that are no holders, and of the driver.
    var foreign: Int { foreign(besides: nil) }

    /// Bytes that are nobody's. Below zero where a stranger took what was promised. Nil: nobody
    /// knows.
    var free: Int? { description.memory.map { $0 - rules.reserve - foreign - held } }

    /// Bytes that leases of other processes reserve.
    func leased(besides process: ProcessKey) -> Int {
        holders.reduce(0) { sum, holder in
            let isOther = holder.process != process && holder.hasLease && !holder.isResidue
            return isOther ? sum + holder.leased : sum
        }
    }

    /// Bytes that a process may have in all, beside what the others have. Nil: as many as it wants.
    func room(for process: ProcessKey) -> Int? {
        guard let total = description.memory else { return nil }
        let others = holders.reduce(0) { $0 + ($1.process == process ? 0 : $1.charge) }
        return total - rules.reserve - foreign(besides: process) - others
    }

    private func foreign(besides process: ProcessKey?) -> Int {
        guard let used = sample?.used else { return 0 }
        var ours = holders.reduce(0) { $0 + $1.attributed }
        if let process, holder(process) == nil { ours += seen(process) ?? 0 }
        return max(0, used - ours)
    }

    /// Whether a process that is to have so much in all fits. One that grows by nothing may go on
    /// where only the reserve is short: the memory is its own already.
    func fits(_ committed: Int, of process: ProcessKey) -> Bool {
        guard let room = room(for: process) else { return true }
        let seen = holder(process)?.seen ?? seen(process) ?? 0
        if max(committed, seen) <= room { return true }
        return committed <= seen && seen <= room + rules.reserve
    }

    /// Bytes that the sample shows of a process and its children; nil: it does not say.
    func seen(_ process: ProcessKey) -> Int? {
        guard let sample, sample.knowsProcesses, process.rawValue > 0 else { return nil }
        var bytes = 0
        for other in sample.processes where process.includes(other) {
            guard let part = other.bytes else { return nil }
            // What a driver says may be anything.
            bytes = min(bytes + min(part, Limits.memoryBytes), Limits.memoryBytes)
        }
        return bytes
    }

    // MARK: Holders

    func holder(_ process: ProcessKey) -> Holder? { holders.first { $0.process == process } }

    /// Changes what a process has of the device. Who has nothing any more is no holder.
    mutating func change(_ process: ProcessKey, _ change: (inout Holder) -> Void) {
        guard let index = holders.firstIndex(where: { $0.process == process }) else {
            var fresh = Holder(process: process)
            fresh.seen = seen(process)
            change(&fresh)
            if fresh.hasAnything { holders.append(fresh) }
            return
        }
        change(&holders[index])
        if !holders[index].hasAnything { holders.remove(at: index) }
    }

    /// Whether the process may have something of it beside those that are there.
    func isOpen(to process: ProcessKey, exclusively: Bool) -> Bool {
        holders.allSatisfy { holder in
            holder.process == process || holder.isGone || !(exclusively || holder.isExclusive)
        }
    }
}

/// What holds for a device.
struct DeviceRules: Hashable {
    /// Bytes that are left to nobody.
    var reserve: Int
    /// Degrees Celsius from which nothing new starts.
    var maxTemperature: Int?
    /// How long the cause of a cordon must be gone; nil: an operator has to take it back.
    var uncordonAfter: Duration?

    init(_ description: DeviceDescription, _ settings: DeviceSettings?) {
        switch description.kind {
        case .nvidia, .amd: reserve = settings?.reserve ?? 256 << 20
        case .generic, .simulated: reserve = settings?.reserve ?? 0
        }
        switch settings?.maxTemperature {
        case .at(let degrees): maxTemperature = degrees
        case .some(.none): maxTemperature = nil
        case nil: maxTemperature = description.slowdownTemperature
        }
        uncordonAfter = settings?.uncordonAfter ?? .seconds(60)
    }
}

/// A worker's process, as long as it lives: connections come and go. Where nobody knows the
/// process, the connection stands for it.
struct ProcessKey: Hashable {
    let rawValue: Int64

    init(process: Int32, of worker: WorkerID) {
        rawValue = process > 0 ? Int64(process) : -1 - Int64(truncatingIfNeeded: worker.rawValue)
    }

    /// Whether a process of a sample is this one or a descendant of it.
    func includes(_ other: DeviceProcess) -> Bool {
        Int64(other.process) == rawValue || other.ancestors.contains { Int64($0) == rawValue }
    }
}

/// What the process of a worker has of a device.
struct Holder {
    let process: ProcessKey
    /// Bytes that its lease reserves, whether or not anything runs.
    var leased = 0
    var hasLease = false
    var leaseIsExclusive = false
    /// Bytes that its running batches reserve.
    var running = 0
    var batches = 0
    var exclusiveBatches = 0
    /// Bytes that it was seen to have; nil: nobody can say.
    var seen: Int?
    /// Its process has ended, and its memory counts until it is seen free: so many samples may
    /// still show what was, and after this moment it is given up.
    var isGone = false
    /// It has no lease, but its batches were given up while its process may run them still.
    var isResidue = false
    /// One of those had the device for itself.
    var isResidueExclusive = false
    var samplesToCome = 0
    var forgottenAt = Instant.distantFuture

    init(process: ProcessKey) { self.process = process }

    var isKeptAlone: Bool { leaseIsExclusive || isResidueExclusive }
    var isExclusive: Bool { isKeptAlone || exclusiveBatches > 0 }
    var hasAnything: Bool { hasLease || batches > 0 || isGone }
    /// Bytes that were promised to it.
    var committed: Int { leased + running }
    var charge: Int { max(committed, seen ?? 0) }

    mutating func endLease() {
        (hasLease, leaseIsExclusive, leased) = (false, false, 0)
        endResidue()
    }

    /// What its earlier connection left is not needed any more.
    mutating func endResidue() { (isResidue, isResidueExclusive) = (false, false) }

    /// Its part of what the device says is used.
    var attributed: Int { seen ?? committed }
}

import SluiceModel

/// A device as the tools show it.
public struct DeviceView: Hashable, Sendable {
    /// A worker's process that has something of it.
    public struct Holder: Hashable, Sendable {
        /// Nil where its connection is gone, or its process is.
        public var worker: WorkerID?
        public var name: String?
        public var process: Int32
        public var hasLease: Bool
        public var isExclusive: Bool
        /// Bytes: what its lease and its running batches reserve, and what it was seen to have.
        public var leased: Int
        public var reserved: Int
        public var seen: Int?
        public var batches: Int
        /// Its process has ended and its memory was not seen to be free yet.
        public var isGone: Bool
    }

    public struct Reason: Hashable, Sendable {
        public var cordon: Cordon
        public var since: Duration
        /// Until it ends by itself; nil: it does not, or its cause is not gone.
        public var endsIn: Duration?
    }

    public var description: DeviceDescription
    /// Empty: it can be used.
    public var cordons: [Reason]
    public var reserve: Int
    public var maxTemperature: Int?
    public var uncordonAfter: Duration?
    /// How it was when it was looked at last, and how long ago that was; nil: it never was.
    public var sample: DeviceSample?
    public var sampleAge: Duration?
    /// Bytes of workers, of other processes, and of nobody; nil where the device does not say.
    public var held: Int
    public var foreign: Int
    public var free: Int?
    /// Batches that run on it.
    public var running: Int
    /// Queues that are bound to it.
    public var queues: [String]
    public var holders: [Holder]
    /// Processes that are no worker's.
    public var strangers: [DeviceProcess]
    /// The function for which it is being emptied.
    public var promisedTo: String?
}

extension Engine {
    /// Every device, in the order in which they were found.
    public func deviceViews(at now: Instant) -> [DeviceView] {
        deviceList.map { view(of: $0, at: now) }
    }

    public func deviceView(_ name: String, at now: Instant) -> DeviceView? {
        devicesByName[name].map { view(of: $0, at: now) }
    }

    private func view(of index: Index<Device>, at now: Instant) -> DeviceView {
        let device = devices[index]
        let attached = workers(on: device)
        return DeviceView(
            description: device.description,
            cordons: device.cordons.map { reason($0, device.rules, at: now) },
            reserve: device.rules.reserve, maxTemperature: device.rules.maxTemperature,
            uncordonAfter: device.rules.uncordonAfter, sample: device.sample,
            sampleAge: device.sampledAt.map { now - $0 },
            held: device.held, foreign: device.foreign, free: device.free,
            running: device.batches.count, queues: device.queues.map { queues[$0].name }.sorted(),
            holders: device.holders.map { view(of: $0, attached[$0.process]) },
            strangers: strangers(on: device),
            promisedTo: device.promisedTo.isNone ? nil : functions[device.promisedTo].name)
    }

    private func reason(
        _ cordoned: Cordoned, _ rules: DeviceRules, at now: Instant
    ) -> DeviceView.Reason {
        let end = rules.uncordonAfter.flatMap { span in
            cordoned.goneSince < .distantFuture ? cordoned.goneSince + span - now : nil
        }
        return DeviceView.Reason(
            cordon: cordoned.cordon, since: now - cordoned.since, endsIn: end)
    }

    private func workers(on device: Device) -> [ProcessKey: Index<Worker>] {
        let holders = Set(device.holders.map(\.process))
        return workersByID.values.reduce(into: [:]) { found, worker in
            if holders.contains(workers[worker].key) { found[workers[worker].key] = worker }
        }
    }

    private func view(of holder: Holder, _ worker: Index<Worker>?) -> DeviceView.Holder {
        DeviceView.Holder(
            worker: worker.map { workers[$0].id }, name: worker.map { workers[$0].name },
            process: Int32(clamping: max(0, holder.process.rawValue)),
            hasLease: holder.hasLease && !holder.isResidue, isExclusive: holder.isExclusive,
            leased: holder.leased, reserved: holder.running, seen: holder.seen,
            batches: holder.batches, isGone: holder.isGone)
    }

    private func strangers(on device: Device) -> [DeviceProcess] {
        let ours = device.holders.map(\.process) + workersByID.values.map { workers[$0].key }
        return device.sample?.processes.filter { process in
            !ours.contains { $0.includes(process) }
        } ?? []
    }
}

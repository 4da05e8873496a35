import SluiceModel

// What the tools are shown: values that say how things stand, made when asked for.

public struct DaemonView: Hashable, Sendable {
    public var settings: DaemonSettings
    public var hold: Hold
    /// Until when peers of before a restart are awaited; nil: they are not.
    public var reclaimEndsAt: Instant?
    public var waiting: Int
    public var running: Int
    public var heldBytes: Int
    public var clients: Int
    public var workers: Int
    public var hungWorkers: Int
    public var queues: Int
    public var devices: Int
    /// Those on which nothing new starts.
    public var cordonedDevices: Int
    /// Requests that have ended and whose outcome the store does not take.
    public var settling: Int
    /// Where settings that an operator can change come from, by key.
    public var sources: [String: Source]
    /// How many requests ended with each code since the start.
    public var outcomes: [Code: Int]
}

public struct QueueView: Hashable, Sendable {
    public var name: String
    public var concurrencyLimit: Limit
    public var concurrencySource: Source
    public var maxSize: Limit
    public var maxWait: Duration?
    /// Where the limits come from, by key.
    public var sources: [String: Source]
    public var hold: Hold
    public var waiting: Int
    public var running: Int
    /// Where its batches run, the devices that this means, and how many may run on each.
    public var selection: DeviceSelection
    public var devices: [String]
    public var perDeviceLimit: Limit
    /// Batches running above the limit, after it was lowered.
    public var overBy: Int
    /// How long the oldest waiting request waits already.
    public var oldestWait: Duration?
    public var pace: PaceView
    public var warning: String?
    public var functions: [FunctionView]
}

public struct FunctionView: Hashable, Sendable {
    public var name: String
    public var queue: String
    public var hold: Hold
    /// How many workers died before it was paused for that.
    public var pausedAfterDeaths: Int?
    public var waiting: Int
    public var running: Int
    public var workers: Int
    /// The settings in force.
    public var rules: FunctionRules
    /// The batch size that memory allows, where that was learned to be less.
    public var ceiling: Int?
    /// Bytes of a device that a worker has at rest, and each request beside that, as was said or
    /// else learned; nil: nobody knows.
    public var memory: Int?
    public var memoryPerItem: Int?
    /// What a batch of one and a full batch are expected to take; nil: unknown.
    public var expectedOne: Duration?
    public var expectedFull: Duration?
    public var serviceTime: ServiceTime
}

public struct WorkerView: Hashable, Sendable {
    public var id: WorkerID
    public var name: String
    public var process: Int32
    public var slots: Int
    public var busy: Int
    public var functions: [String]
    public var hold: Hold
    /// The devices it has, where it asked for some.
    public var devices: [String]
    /// Whether it waits for devices.
    public var isApplicant: Bool
    /// Whether it did not stop when it was told to.
    public var isHung: Bool
    public var attachedFor: Duration
}

public struct RequestView: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case waiting, granted, running
        /// It has ended, and its outcome waits for room in the store.
        case settling
    }
    public var id: RequestID
    /// Nil where it is detached.
    public var client: ClientID?
    public var user: UInt32
    public var isDetached: Bool
    /// On whose behalf it was made, by a gateway.
    public var caller: String?
    public var function: String
    public var queue: String
    public var state: State
    public var rank: Int?
    /// Until it was begun, or until now.
    public var waited: Duration
    /// Since it was begun.
    public var ran: Duration?
    /// Since the store did not take its outcome.
    public var settlingFor: Duration?
    public var bytes: Int
    public var attempts: Int
    public var worker: WorkerID?
    public var eta: Estimate?
}

extension Engine {
    public func daemonView() -> DaemonView {
        DaemonView(
            settings: settings, hold: hold,
            reclaimEndsAt: reclaim.isOpen ? reclaim.endsAt : nil, waiting: waiting,
            running: running,
            heldBytes: heldBytes, clients: clients.count, workers: workersByID.count,
            hungWorkers: hungWorkers,
            queues: queuesByName.count, devices: deviceList.count,
            cordonedDevices: deviceList.count { !devices[$0].isUsable },
            settling: detached.settling.values.count { $0.wait != nil },
            sources: daemonSettings.sources, outcomes: outcomes)
    }

    /// Requests that ended, by code.
    private var outcomes: [Code: Int] {
        completed == 0 ? troubles : troubles.merging([.ok: completed], uniquingKeysWith: +)
    }

    /// Every queue, by name.
    public func queueViews(at now: Instant) -> [QueueView] {
        queuesByName.sorted { $0.key < $1.key }.map { view(of: $0.value, at: now) }
    }

    /// One queue; nil where there is none of that name.
    public func queueView(_ name: String, at now: Instant) -> QueueView? {
        queuesByName[name].map { view(of: $0, at: now) }
    }

    public func knows(function: String) -> Bool { functionsByName[function] != nil }

    /// The latest declaration of a function; nil where no worker ever declared it.
    public func declaration(of function: String) -> Declaration? {
        guard let index = functionsByName[function] else { return nil }
        return functions[index].declared.map { Declaration(function: function, settings: $0) }
    }

    /// Every attached worker, by number.
    public func workerViews(at now: Instant) -> [WorkerView] {
        workersByID.sorted { $0.key < $1.key }.map { view(of: $0.value, at: now) }
    }

    public func requestView(_ id: RequestID, at now: Instant) -> RequestView? {
        requestsByID[id].map { view(of: $0, at: now) } ?? settlingView(id, at: now)
    }

    /// Live requests in order of number: those after a given one, at most so many. Where a queue
    /// or a function is named, only its own.
    public func requestViews(
        queue: String? = nil, function: String? = nil, after: RequestID? = nil, limit: Int,
        at now: Instant
    ) -> [RequestView] {
        var found: [Index<Request>] = []
        let first = after ?? RequestID(rawValue: 0)
        // The order of a dictionary does not matter: what is found is sorted.
        for (name, index) in queuesByName where queue == nil || name == queue {
            // A page is filled from what runs and from the head of what waits.
            found += queues[index].grants.flatMap { grants[$0].items.map(\.request) }
                .filter { !$0.isNone }
            guard let function else {
                found += queues[index].waiting.requests(after: after, limit: limit)
                    .compactMap { requestsByID[$0] }
                continue
            }
            guard let asked = functionsByName[function], functions[asked].queue == index else {
                continue
            }
            found += waitingRequests(of: asked)
        }
        let asked = found.filter { index in
            requests[index].id > first
                && (function == nil || functions[requests[index].function].name == function)
        }
        let live = asked.sorted { requests[$0].id < requests[$1].id }.prefix(limit)
            .map { view(of: $0, at: now) }
        let settling = settlingViews(queue: queue, function: function, after: first, at: now)
        guard !settling.isEmpty else { return live }
        return Array((live + settling).sorted { $0.id < $1.id }.prefix(limit))
    }

    // MARK: Views of rows

    private func view(of index: Index<Queue>, at now: Instant) -> QueueView {
        let queue = queues[index]
        let oldest = queue.waiting.requests(after: nil, limit: 1).first
        let oldestWait = oldest.flatMap { requestsByID[$0] }.map { now - requests[$0].enqueuedAt }
        return QueueView(
            name: queue.name, concurrencyLimit: queue.rules.concurrencyLimit,
            concurrencySource: queue.rules.concurrencySource, maxSize: queue.rules.maxSize,
            maxWait: queue.rules.maxWait, sources: queue.rules.settings.sources, hold: queue.hold,
            waiting: queue.waiting.count,
            running: queue.running, selection: queue.rules.devices,
            devices: queue.devices.map { devices[$0].name },
            perDeviceLimit: queue.rules.perDeviceLimit,
            overBy: queue.rules.concurrencyLimit.excess(of: queue.running),
            oldestWait: oldestWait, pace: queue.pace.view(at: now),
            warning: disagreement(in: index),
            functions: queue.functions.map { view(of: functions[$0]) }.sorted { $0.name < $1.name })
    }

    private func view(of function: Function) -> FunctionView {
        func expected(_ count: Int) -> Duration? {
            function.serviceTime.prediction(count: count, prior: function.rules.expectedDuration)
                .map { Duration(estimatedSeconds: $0.seconds) }
        }
        return FunctionView(
            name: function.name, queue: queues[function.queue].name, hold: function.hold,
            pausedAfterDeaths: function.pausedAfterDeaths, waiting: function.waiting,
            running: function.running, workers: function.workers.count,
            rules: function.rules, ceiling: function.lowestCeiling, memory: function.memory,
            memoryPerItem: function.rules.memoryPerItem ?? function.learnedMemoryPerItem,
            expectedOne: expected(1),
            expectedFull: expected(function.batchSize), serviceTime: function.serviceTime)
    }

    private func view(of index: Index<Worker>, at now: Instant) -> WorkerView {
        let worker = workers[index]
        return WorkerView(
            id: worker.id, name: worker.name, process: worker.process, slots: worker.slots,
            busy: worker.busy, functions: worker.functions.map { functions[$0].name }.sorted(),
            hold: worker.hold,
            devices: worker.lease.isNone
                ? [] : leases[worker.lease].devices.map { devices[$0].name },
            isApplicant: applicants.contains { $0.worker == index },
            isHung: worker.isHung, attachedFor: now - worker.attachedAt)
    }

    private func view(of index: Index<Request>, at now: Instant) -> RequestView {
        let request = requests[index]
        let function = functions[request.function]
        let status =
            request.isWaiting
            ? status(of: index, forecast(of: function.queue, at: now), at: now) : nil
        let startedAt = request.state == .started ? grants[request.grant].startedAt : nil
        let state: RequestView.State =
            switch request.state {
            case .waiting: .waiting
            case .granted: .granted
            case .started: .running
            }
        return RequestView(
            id: request.id,
            client: request.isDetached ? nil : clients[request.client].id,
            user: users[owner(of: index)].id, isDetached: request.isDetached,
            caller: users[owner(of: index)].caller,
            function: function.name, queue: queues[function.queue].name, state: state,
            rank: status?.rank, waited: (startedAt ?? now) - request.enqueuedAt,
            ran: startedAt.map { now - $0 }, bytes: request.bytes, attempts: Int(request.attempts),
            worker: request.isWaiting ? nil : workers[grants[request.grant].worker].id,
            eta: status?.eta)
    }
}

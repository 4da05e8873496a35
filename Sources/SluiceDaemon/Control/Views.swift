import Glibc
import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

// The engine's views as the control socket shows them: the same words, field by field.

extension Control.Daemon {
    mutating func fill(from view: DaemonView, at now: Instant) {
        hold = Control.Hold(view.hold)
        reclaimingSeconds = view.reclaimEndsAt.map { max(0, ($0 - now).inSeconds) }
        queues = view.queues
        waiting = view.waiting
        running = view.running
        maxRunning = view.settings.maxRunning.number
        maxSize = view.settings.maxSize.number
        defaultConcurrencyLimit = view.settings.defaultConcurrencyLimit.number
        bytes = view.heldBytes
        maxBytes = view.settings.maxBytes
        origins = view.sources.mapValues { Control.Origin($0) }
        clients = view.clients
        workers = view.workers
        workersHung = view.hungWorkers
        devices = view.devices
        devicesCordoned = view.cordonedDevices
        store?.settling = view.settling
        for (code, count) in view.outcomes {
            switch code.outcome {
            case .completed: outcomes.completed += count
            case .failed: outcomes.failed += count
            case .cancelled: outcomes.cancelled += count
            case .expired: outcomes.expired += count
            case .rejected: outcomes.rejected += count
            }
        }
    }
}

extension Control.Queue {
    init(_ view: QueueView) {
        self.init(concurrencyID: view.name)
        concurrencyLimit = view.concurrencyLimit.number
        maxSize = view.maxSize.number
        maxWait = view.maxWait?.inSeconds
        origins = view.sources.mapValues { Control.Origin($0) }
        waiting = view.waiting
        running = view.running
        overBy = view.overBy
        hold = Control.Hold(view.hold)
        oldestWaitingSeconds = view.oldestWait?.inSeconds
        admittedPerSecond = view.pace.admittedPerSecond
        startedPerSecond = view.pace.startedPerSecond
        waitP50Seconds = view.pace.waitP50?.inSeconds
        waitP99Seconds = view.pace.waitP99?.inSeconds
        functions = view.functions.map(\.name)
        fillDevices(from: view)
        warning = view.warning
    }
}

extension Control.Function {
    init(_ view: FunctionView) {
        self.init(function: view.name, concurrencyID: view.queue)
        let rules = view.rules
        batch = rules.batch
        maxBatchSize = rules.maxBatchSize
        learnedBatchSize = view.ceiling
        maxBatchDelay = rules.maxBatchDelay.inSeconds
        queueTimeout = rules.queueTimeout?.inSeconds
        execTimeout = rules.execTimeout?.inSeconds
        expectedDuration = rules.expectedDuration?.inSeconds
        cancelGrace = rules.cancelGrace.inSeconds
        retry = rules.retry == .never ? .never : .crash
        maxAttempts = rules.maxAttempts
        restartable = rules.restartable
        memory = view.memory
        memoryPerItem = view.memoryPerItem
        deviceCount = rules.deviceCount
        exclusive = rules.exclusive
        origins = rules.sources.mapValues { Control.Origin($0) }
        waiting = view.waiting
        running = view.running
        workers = view.workers
        hold = Control.Hold(view.hold)
        reason = view.pausedAfterDeaths.map {
            "\($0) workers died running it, with no answer between"
        }
        guard view.serviceTime.batches > 0 else { return }
        let fit = view.serviceTime.fit
        serviceTime = Control.ServiceTime(
            perBatchSeconds: fit.fixed, perRequestSeconds: fit.perItem,
            samples: view.serviceTime.batches)
    }
}

extension Control.Worker {
    init(_ view: WorkerView) {
        self.init(id: view.id.rawValue, name: view.name, pid: view.process)
        slots = view.slots
        busy = view.busy
        functions = view.functions
        hold = Control.Hold(view.hold)
        devices = view.devices
        awaitsDevices = view.isApplicant
        attachedSeconds = view.attachedFor.inSeconds
        if view.isHung {
            state = .hung
        } else if view.hold == .draining {
            state = .draining
        } else {
            state = view.busy > 0 ? .busy : .idle
        }
    }
}

extension Control.Request {
    init(_ view: RequestView) {
        self.init(id: view.id.rawValue, function: view.function, concurrencyID: view.queue)
        switch view.state {
        case .waiting: state = .waiting
        case .granted: state = .granted
        case .running: state = .running
        case .settling: state = .settling
        }
        rank = view.rank
        waitingSeconds = view.waited.inSeconds
        runningSeconds = view.ran?.inSeconds
        settlingSeconds = view.settlingFor?.inSeconds
        eta = view.eta.map {
            Control.Estimate(p50Seconds: $0.p50.inSeconds, p90Seconds: $0.p90.inSeconds)
        }
        attempts = view.attempts
        worker = view.worker?.rawValue
        client = view.client?.rawValue
        user = view.user
        detached = view.isDetached
        caller = view.caller
        bytes = view.bytes
    }
}

extension Control.Hold {
    init(_ hold: Hold) {
        switch hold {
        case .running: self = .running
        case .paused: self = .paused
        case .draining: self = .draining
        }
    }
}

extension Control.Blocker {
    init(_ blocker: Blocker?) {
        switch blocker {
        case nil: self = .none
        case .daemonPaused: self = .daemonPaused
        case .reclaiming: self = .reclaiming
        case .queuePaused: self = .queuePaused
        case .functionPaused: self = .functionPaused
        case .noWorker: self = .noWorker
        case .workersHeld: self = .workersHeld
        case .concurrencyLimit: self = .concurrencyLimit
        case .maxRunning: self = .maxRunning
        case .workersBusy: self = .workersBusy
        case .device: self = .device
        case .memory: self = .memory
        case .retryAlone: self = .retryAlone
        case .maxBatchDelay: self = .maxBatchDelay
        case .requestsAhead: self = .requestsAhead
        case .storeFull: self = .storeFull
        case .storeFailed: self = .storeFailed
        }
    }
}

extension Control.Change {
    init(_ change: Change) {
        self.init(
            key: change.key, old: change.old.number, new: change.new.number,
            origin: Control.Origin(change.source))
    }
}

extension SettingValue {
    /// Durations in seconds; nil for none.
    fileprivate var number: Double? {
        switch self {
        case .limit(let limit): limit.number.map(Double.init)
        case .count(let count): Double(count)
        case .span(let span): span?.inSeconds
        }
    }
}

extension Control.Cause {
    init(_ cause: Cause) {
        switch cause {
        case .command: self = .command
        case .reload: self = .reload
        case .declaration: self = .declaration
        }
    }
}

extension Control.Origin {
    init(_ source: Source) {
        switch source {
        case .override: self = .override
        case .configuration: self = .configuration
        case .declaration: self = .declaration
        case .default: self = .default
        }
    }
}

/// Seconds since 1970, for people; nothing is decided by it.
func wallClock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The user the daemon runs as: whoever started it by hand may steer it.
func currentUser() -> UInt32 { geteuid() }

/// The name of a group as a person knows it.
func name(ofGroup group: UInt32?, else standard: String) -> String {
    guard let group else { return standard }
    // A group without a name is configured by its number.
    return (try? Accounts.name(ofGroup: group)) ?? "\(group)"
}

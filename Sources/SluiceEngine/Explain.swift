import SluiceModel

/// The one thing that keeps a waiting request from starting.
public enum Blocker: String, Hashable, Sendable, CaseIterable {
    case daemonPaused = "daemon_paused"
    /// The daemon was restarted, and waits for those who were there before.
    case reclaiming
    case queuePaused = "queue_paused"
    case functionPaused = "function_paused"
    /// No worker that serves the function is attached.
    case noWorker = "no_worker"
    /// Workers are attached, but every one is paused, draining, hung or asks for nothing.
    case workersHeld = "workers_held"
    /// Every place of the queue is taken.
    case concurrencyLimit = "concurrency_limit"
    /// Every place of the daemon is taken.
    case maxRunning = "max_running"
    /// Every slot of every worker that serves the function is taken.
    case workersBusy = "workers_busy"
    /// No device can be used, or none has a place for it.
    case device
    /// Workers and devices are free, and the memory of no device is.
    case memory
    /// Its worker died with it; it waits for a worker that is empty, to run alone.
    case retryAlone = "retry_alone"
    /// The batch is held for company.
    case maxBatchDelay = "max_batch_delay"
    /// Nothing but older requests, which are being started right now.
    case requestsAhead = "requests_ahead"
    /// It has ended, and there is no room for its outcome.
    case storeFull = "store_full"
    /// It has ended, and its outcome cannot be stored.
    case storeFailed = "store_failed"
}

/// Why a request is where it is.
public struct Explanation: Hashable, Sendable {
    public typealias State = RequestView.State
    public var request: RequestID
    public var function: String
    public var queue: String
    public var state: State
    /// Requests of the queue ahead, while it waits.
    public var rank: Int?
    public var blocker: Blocker?
    /// What is the matter, in a sentence.
    public var message: String
    /// What somebody could do about it; empty where nothing is to be done.
    public var remedy: String
}

extension Engine {
    /// Names the one thing that blocks a request; nil where there is no such request.
    public func explain(_ id: RequestID, at now: Instant) -> Explanation? {
        guard let index = requestsByID[id] else { return explainSettling(id, at: now) }
        let request = requests[index]
        let function = functions[request.function]
        let queue = queues[function.queue]
        var explanation = Explanation(
            request: id, function: function.name, queue: queue.name, state: .waiting, rank: nil,
            blocker: nil, message: "", remedy: "")
        switch request.state {
        case .waiting:
            explanation.rank = queue.waiting.rank(of: id)
            let blocker = blocker(of: index, at: now)
            explanation.blocker = blocker
            (explanation.message, explanation.remedy) = describe(blocker, index, at: now)
        case .granted:
            explanation.state = .granted
            explanation.message = "\(workerName(of: request)) has it and has not begun"
        case .started:
            explanation.state = .running
            explanation.message = "\(workerName(of: request)) is running it"
        }
        return explanation
    }

    private func workerName(of request: Request) -> String {
        let worker = workers[grants[request.grant].worker]
        return "worker \(worker.id) (\(worker.name), process \(worker.process))"
    }

    /// The widest obstacle first: whoever removes a narrower one would see no effect.
    private func blocker(of index: Index<Request>, at now: Instant) -> Blocker {
        let request = requests[index]
        let function = functions[request.function]
        let queue = queues[function.queue]
        if hold == .paused { return .daemonPaused }
        if isGathering { return .reclaiming }
        if queue.hold == .paused { return .queuePaused }
        if function.hold == .paused { return .functionPaused }
        if function.workers.isEmpty { return .noWorker }
        if !function.workers.contains(where: { workers[$0].isUsable }) { return .workersHeld }
        if let outage = outage(of: request.function) { return outage.blocker }
        if !queue.hasPlace { return .concurrencyLimit }
        if !settings.maxRunning.allows(oneMoreThan: running) { return .maxRunning }
        if request.isRetry {
            let isOffered = function.workers.contains {
                workers[$0].hasFreeSlot && workers[$0].busy == 0
                    && mayUse($0, for: request.function)
            }
            let obstruction =
                isOffered ? obstruction(of: request.function, waitingSince: request.id) : nil
            return obstruction?.blocker ?? .retryAlone
        }
        let isFree = function.workers.contains {
            workers[$0].hasFreeSlot && workers[$0].reservedFor.isNone
                && mayUse($0, for: request.function)
        }
        if !isFree { return .workersBusy }
        if let obstruction = obstruction(of: request.function, waitingSince: request.id) {
            return obstruction.blocker
        }
        let head = function.line.first
        if !head.isNone, requests[head].enqueuedAt + function.rules.maxBatchDelay > now {
            return .maxBatchDelay
        }
        return .requestsAhead
    }

    private func describe(
        _ blocker: Blocker, _ index: Index<Request>, at now: Instant
    ) -> (message: String, remedy: String) {
        let function = functions[requests[index].function]
        let queue = queues[function.queue]
        switch blocker {
        case .daemonPaused: return ("the daemon is paused", "sluicectl resume --daemon")
        case .reclaiming:
            return (
                "the daemon was restarted and lets those come back who were there before, "
                    + "for \(((reclaim.endsAt - now).inSeconds * 10).rounded(.up) / 10) s at most",
                ""
            )
        case .queuePaused:
            return ("queue \(queue.name) is paused", "sluicectl resume \(queue.name)")
        case .functionPaused:
            let reason = function.pausedAfterDeaths.map {
                ": \($0) workers died running it, with no answer between"
            }
            return (
                "function \(function.name) is paused\(reason ?? "")",
                "sluicectl resume --function \(function.name)"
            )
        case .noWorker:
            return (
                "no worker that serves function \(function.name) is attached",
                "start a worker for \(function.name)"
            )
        case .workersHeld:
            return (
                "no worker that serves function \(function.name) takes work: "
                    + holds(of: function.workers), "see sluicectl workers"
            )
        case .concurrencyLimit:
            let limit = queue.rules.concurrencyLimit
            guard limit != .at(0) else {
                return (
                    "concurrency_limit of queue \(queue.name) is 0, which lets nothing start",
                    "sluicectl set \(queue.name) concurrency_limit=N"
                )
            }
            let over = limit.excess(of: queue.running)
            let message =
                "queue \(queue.name) runs \(queue.running) of \(limit) batches"
                + (over > 0 ? ", over by \(over)" : "")
            // A higher limit alone would find no place on a device.
            let isOfDevices =
                queue.rules.devices != .unbound && queue.rules.concurrencySource == .default
            return isOfDevices
                ? (
                    message + ", the places of its devices",
                    "wait, or sluicectl set \(queue.name) per_device_limit=N"
                ) : (message, "wait, or sluicectl set \(queue.name) concurrency_limit=N")
        case .maxRunning:
            guard settings.maxRunning != .at(0) else {
                return (
                    "max_running is 0, which lets nothing start",
                    "sluicectl set --daemon max_running=N"
                )
            }
            return (
                "the daemon runs \(running) of \(settings.maxRunning) batches (max_running)",
                "wait, or sluicectl set --daemon max_running=N"
            )
        case .workersBusy:
            return (
                "every slot of the \(function.workers.count) workers that serve function "
                    + "\(function.name) is taken",
                "wait, or start another worker for \(function.name)"
            )
        case .device, .memory:
            let id = requests[index].id
            let obstruction =
                outage(of: requests[index].function)
                ?? obstruction(of: requests[index].function, waitingSince: id)
            return (obstruction?.message ?? "", obstruction?.remedy ?? "")
        case .retryAlone:
            return (
                "a worker died with it, so it runs again alone, when a worker is empty", ""
            )
        case .maxBatchDelay:
            return (
                "it is held for a fuller batch: \(function.line.count) of \(function.batchSize), "
                    + "for at most \(function.rules.maxBatchDelay)", ""
            )
        case .requestsAhead:
            return ("\(queue.waiting.rank(of: requests[index].id)) requests are ahead of it", "")
        // What has ended waits in no queue.
        case .storeFull, .storeFailed: preconditionFailure("a live request waits for the store")
        }
    }

    /// Why none of these workers takes work, as "2 paused, 1 hung".
    private func holds(of indices: [Index<Worker>]) -> String {
        let rows = indices.map { workers[$0] }
        let kinds = [
            ("paused", rows.count { $0.hold == .paused }),
            ("draining", rows.count { $0.hold == .draining }),
            ("hung", rows.count { $0.hold == .running && $0.isHung }),
            ("without slots", rows.count { $0.hold == .running && !$0.isHung && $0.slots == 0 }),
        ]
        return kinds.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }
}

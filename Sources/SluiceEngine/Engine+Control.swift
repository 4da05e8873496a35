import SluiceModel

// What an operator may do while it runs. A command is obeyed or refused whole.

extension Engine {
    mutating func obey(
        _ command: Command, at now: Instant, into effects: inout Effects
    ) -> CommandReply {
        do {
            return .done(try changes(by: command, at: now, into: &effects))
        } catch {
            return .refused(error)
        }
    }

    private mutating func changes(
        by command: Command, at now: Instant, into effects: inout Effects
    ) throws(CommandError) -> [Change] {
        switch command {
        case .set(let target, let overrides):
            return try set(overrides, of: target, into: &effects)
        case .revert(let target): return try revert(target, into: &effects)
        case .pause(let target): try hold(.paused, target, into: &effects)
        case .resume(let target): try hold(.running, target, into: &effects)
        case .drain(let target): try hold(.draining, target, into: &effects)
        case .cancel(let request):
            if let index = requestsByID[request] {
                conclude(index, .cancelledByOperator, at: now, into: &effects)
            } else if !giveUp(request, into: &effects) {
                throw .unknownRequest(request)
            }
        case .forget(let name): try forget(function: name, into: &effects)
        case .cordon(let device, let reason):
            try cordon(device: device, reason, at: now, into: &effects)
        case .uncordon(let device): try uncordon(device: device, into: &effects)
        }
        return []
    }

    /// Obeys a command that was obeyed before a restart, when more was known than now.
    mutating func restore(_ command: Command, at now: Instant, into effects: inout Effects) {
        switch command {
        case .set(let target, let overrides):
            makeKnown(target)
            for override in overrides { restore(override, of: target, into: &effects) }
        case .pause(let target), .resume(let target), .drain(let target):
            makeKnown(target)
            _ = obey(command, at: now, into: &effects)
        case .cordon(let device, let reason):
            // It need not be found yet.
            operatorCordons[device] = reason
            _ = obey(command, at: now, into: &effects)
        case .uncordon(let device): operatorCordons[device] = nil
        case .revert, .cancel, .forget: break
        }
    }

    /// Whether the function batches is not asked: the worker that says so is not here yet.
    private mutating func restore(
        _ override: Override, of target: Target, into effects: inout Effects
    ) {
        do throws(CommandError) {
            try checkRange(of: override)
            _ = try change([override], of: target, into: &effects)
        } catch {
            effects.append(other: .notice(.notRestored(target, key: override.key)))
        }
    }

    private mutating func makeKnown(_ target: Target) {
        switch target {
        case .queue(let name): _ = knownQueue(name)
        case .function(let name): _ = knownFunction(name)
        case .daemon, .worker: break
        }
    }

    // MARK: Holds

    private mutating func hold(
        _ hold: Hold, _ target: Target, into effects: inout Effects
    ) throws(CommandError) {
        let old = try exchangeHold(of: target, for: hold, into: &effects)
        drains.removeAll { $0 == target }
        if hold == .draining { drains.append(target) }
        guard old != hold else { return }
        effects.append(other: .notice(.held(target, hold)))
    }

    private mutating func exchangeHold(
        of target: Target, for hold: Hold, into effects: inout Effects
    ) throws(CommandError) -> Hold {
        switch target {
        case .daemon:
            defer { for queue in queues.indices { holdChanged(queue) } }
            return exchange(&self.hold, hold)
        case .queue(let name):
            let queue = try queue(name)
            defer { holdChanged(queue) }
            return exchange(&queues[queue].hold, hold)
        case .function(let name):
            let function = try function(name)
            functions[function].pausedAfterDeaths = nil
            functions[function].deaths = 0
            defer { holdChanged(functions[function].queue) }
            return exchange(&functions[function].hold, hold)
        case .worker(let id):
            guard let worker = workersByID[id] else { throw .unknownWorker(id) }
            defer { workerChanged(worker) }
            if hold == .draining { effects.append(.drain(id)) }
            return exchange(&workers[worker].hold, hold)
        }
    }

    private mutating func holdChanged(_ queue: Index<Queue>) {
        mark(queue)
        statusChanged(in: queue)
    }

    /// Says once of each drain that its work is done.
    mutating func noticeDrained(into effects: inout Effects) {
        guard !drains.isEmpty else { return }
        var done: [Target] = []
        for target in drains where isDrained(target) { done.append(target) }
        for target in done { effects.append(other: .notice(.drained(target))) }
        drains.removeAll { done.contains($0) }
    }

    private mutating func isDrained(_ target: Target) -> Bool {
        switch target {
        case .daemon:
            return waiting == 0 && running == 0 && detached.storing.isEmpty
                && detached.settling.isEmpty
        case .queue(let name):
            guard let queue = queuesByName[name] else { return true }
            return queues[queue].waiting.count == 0 && queues[queue].running == 0
                && storing(in: queue) == 0
        case .function(let name):
            guard let function = functionsByName[name] else { return true }
            return functions[function].waiting == 0 && functions[function].running == 0
                && functions[function].storing == 0
        case .worker(let id):
            guard let worker = workersByID[id] else { return true }
            return workers[worker].grants.isEmpty
        }
    }

    // MARK: Forgetting and finding

    private mutating func forget(
        function name: String, into effects: inout Effects
    ) throws(CommandError) {
        let index = try function(name)
        let known = functions[index]
        guard known.workers.isEmpty, known.live == 0, known.running == 0, known.configured == nil
        else { throw .inUse(function: name) }
        functionsByName[name] = nil
        lastAsked.function = .none
        queues[known.queue].functions.removeAll { $0 == index }
        functions[index].delayEndsAt = .distantFuture
        unlearn(index)
        promise([], to: index)
        sleepers.wake(index)
        functions.free(index)
        // Where a queue ends with its last function, it is no news that its limit does.
        if queues[known.queue].isNothing { alterations.cause = nil }
        resolve(known.queue, into: &effects)
    }

    func queue(_ name: String) throws(CommandError) -> Index<Queue> {
        guard let queue = queuesByName[name] else { throw .unknownQueue(name) }
        return queue
    }

    func function(_ name: String) throws(CommandError) -> Index<Function> {
        guard let function = functionsByName[name] else { throw .unknownFunction(name) }
        return function
    }
}

/// Puts a new value in and takes the old one out.
private func exchange<Value>(_ place: inout Value, _ value: Value) -> Value {
    defer { place = value }
    return place
}

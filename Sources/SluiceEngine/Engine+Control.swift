import SluiceModel

// What an operator may do while it runs. A command is obeyed or refused whole.

extension Engine {
    mutating func obey(
        _ command: Command, at now: Instant, into effects: inout [Effect]
    ) -> CommandReply {
        do {
            return .done(try changes(by: command, at: now, into: &effects))
        } catch {
            return .refused(error)
        }
    }

    private mutating func changes(
        by command: Command, at now: Instant, into effects: inout [Effect]
    ) throws(CommandError) -> [Change] {
        switch command {
        case .set(let target, let overrides):
            return try set(overrides, of: target, into: &effects)
        case .pause(let target): return try hold(.paused, target, into: &effects)
        case .resume(let target): return try hold(.running, target, into: &effects)
        case .drain(let target): return try hold(.draining, target, into: &effects)
        case .cancel(let request):
            guard let index = requestsByID[request] else { throw .unknownRequest(request) }
            conclude(index, .cancelledByOperator, at: now, into: &effects)
            return []
        case .forget(let name):
            try forget(function: name, into: &effects)
            return []
        }
    }

    /// Obeys a command that was obeyed before a restart, when more was known than now.
    mutating func restore(_ command: Command, at now: Instant, into effects: inout [Effect]) {
        switch command {
        case .set(let target, let overrides):
            makeKnown(target)
            for override in overrides { restore(override, of: target, into: &effects) }
        case .pause(let target), .resume(let target), .drain(let target):
            makeKnown(target)
            _ = obey(command, at: now, into: &effects)
        case .cancel, .forget: break
        }
    }

    /// Whether the function batches is not asked: the worker that says so is not here yet.
    private mutating func restore(
        _ override: Override, of target: Target, into effects: inout [Effect]
    ) {
        do throws(CommandError) {
            try checkRange(of: override)
            _ = try change([override], of: target, into: &effects)
        } catch {
            effects.append(.notice(.notRestored(target, key: override.key)))
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
        _ hold: Hold, _ target: Target, into effects: inout [Effect]
    ) throws(CommandError) -> [Change] {
        let old = try exchangeHold(of: target, for: hold, into: &effects)
        drains.removeAll { $0 == target }
        if hold == .draining { drains.append(target) }
        guard old != hold else { return [] }
        effects.append(.notice(.held(target, hold)))
        return [Change(key: "hold", old: old.rawValue, new: hold.rawValue)]
    }

    private mutating func exchangeHold(
        of target: Target, for hold: Hold, into effects: inout [Effect]
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
    mutating func noticeDrained(into effects: inout [Effect]) {
        guard !drains.isEmpty else { return }
        let done = drains.filter { isDrained($0) }
        for target in done { effects.append(.notice(.drained(target))) }
        drains.removeAll { done.contains($0) }
    }

    private func isDrained(_ target: Target) -> Bool {
        switch target {
        case .daemon: return waiting == 0 && running == 0
        case .queue(let name):
            guard let queue = queuesByName[name] else { return true }
            return queues[queue].waiting.count == 0 && queues[queue].running == 0
        case .function(let name):
            guard let function = functionsByName[name] else { return true }
            return functions[function].waiting == 0 && functions[function].running == 0
        case .worker(let id):
            guard let worker = workersByID[id] else { return true }
            return workers[worker].grants.isEmpty
        }
    }

    // MARK: Setting

    private mutating func set(
        _ overrides: [Override], of target: Target, into effects: inout [Effect]
    ) throws(CommandError) -> [Change] {
        for override in overrides { try check(override, of: target) }
        let changes = try change(overrides, of: target, into: &effects)
        for change in changes { effects.append(.notice(.changed(target, change))) }
        return changes
    }

    private mutating func change(
        _ overrides: [Override], of target: Target, into effects: inout [Effect]
    ) throws(CommandError) -> [Change] {
        let before = try overrides.typedMap { value throws(CommandError) in
            try inForce(value, of: target)
        }
        for override in overrides { try apply(override, to: target) }
        try resolve(target, into: &effects)
        var changes: [Change] = []
        for (override, old) in zip(overrides, before) {
            let new = try inForce(override, of: target)
            guard old != new else { continue }
            changes.append(Change(key: override.key, old: old, new: new))
        }
        return changes
    }

    private mutating func apply(_ override: Override, to target: Target) throws(CommandError) {
        switch (target, override) {
        case (.queue(let name), .concurrencyLimit(let limit)):
            queues[try queue(name)].overrides.concurrencyLimit = limit
        case (.queue(let name), .maxSize(let size)):
            queues[try queue(name)].overrides.maxSize = size
        case (.queue(let name), .maxWait(let wait)):
            queues[try queue(name)].overrides.maxWait = wait
        case (.function(let name), .maxBatchSize(let size)):
            functions[try function(name)].overrides.maxBatchSize = size
        case (.function(let name), .maxBatchDelay(let delay)):
            functions[try function(name)].overrides.maxBatchDelay = delay
        case (.daemon, .maxRunning(let limit)): self.overrides.maxRunning = limit
        case (.daemon, .defaultConcurrencyLimit(let limit)):
            self.overrides.defaultConcurrencyLimit = limit
        case (.daemon, .maxSize(let size)): self.overrides.maxSize = size
        default: throw .notAKey(override.key, of: target)
        }
    }

    private mutating func resolve(
        _ target: Target, into effects: inout [Effect]
    ) throws(CommandError) {
        switch target {
        case .daemon:
            resolveDaemon()
            for queue in queues.indices { resolve(queue, into: &effects) }
        case .queue(let name): resolve(try queue(name), into: &effects)
        case .function(let name): resolve(try function(name), into: &effects)
        case .worker: break
        }
    }

    /// Whether the target has the key and the value is one it can have.
    private func check(_ override: Override, of target: Target) throws(CommandError) {
        _ = try inForce(override, of: target)
        try checkRange(of: override)
        guard case .maxBatchSize(let size?) = override, case .function(let name) = target, size > 1
        else { return }
        let batches = functions[try function(name)].rules.batch
        try require(batches, override.key, size, "1: the function does not take batches")
    }

    private func checkRange(of override: Override) throws(CommandError) {
        switch override {
        case .concurrencyLimit(.at(let n)?), .maxSize(.at(let n)?), .maxRunning(.at(let n)?),
            .defaultConcurrencyLimit(.at(let n)?):
            try require(
                (0...Limits.count).contains(n), override.key, n,
                "0 to \(Limits.count), or \"none\"")
        case .maxBatchSize(let n?):
            try require(
                (1...Limits.batchSize).contains(n), override.key, n, "1 to \(Limits.batchSize)")
        case .maxWait(let span?), .maxBatchDelay(let span?):
            try require(
                span >= .zero && span <= .seconds(Limits.durationSeconds), override.key, span,
                "0 to \(Limits.durationSeconds) seconds")
        case .concurrencyLimit, .maxSize, .maxRunning, .defaultConcurrencyLimit, .maxBatchSize,
            .maxWait, .maxBatchDelay:
            return
        }
    }

    private func require(
        _ isAllowed: Bool, _ key: String, _ value: some CustomStringConvertible, _ allowed: String
    ) throws(CommandError) {
        guard isAllowed else {
            throw .valueOutOfRange(key: key, value: value.description, allowed: allowed)
        }
    }

    /// The value of the key that is in force, as a person reads it.
    private func inForce(
        _ override: Override, of target: Target
    ) throws(CommandError) -> String {
        switch (target, override) {
        case (.queue(let name), .concurrencyLimit):
            queues[try queue(name)].rules.concurrencyLimit.description
        case (.queue(let name), .maxSize): queues[try queue(name)].rules.maxSize.description
        case (.queue(let name), .maxWait):
            queues[try queue(name)].rules.maxWait?.description ?? "none"
        case (.function(let name), .maxBatchSize):
            functions[try function(name)].rules.maxBatchSize.description
        case (.function(let name), .maxBatchDelay):
            functions[try function(name)].rules.maxBatchDelay.description
        case (.daemon, .maxRunning): settings.maxRunning.description
        case (.daemon, .defaultConcurrencyLimit): settings.defaultConcurrencyLimit.description
        case (.daemon, .maxSize): settings.maxSize.description
        default: throw .notAKey(override.key, of: target)
        }
    }

    // MARK: Forgetting and finding

    private mutating func forget(
        function name: String, into effects: inout [Effect]
    ) throws(CommandError) {
        let index = try function(name)
        let known = functions[index]
        guard known.workers.isEmpty, known.live == 0, known.running == 0, known.configured == nil
        else { throw .inUse(function: name) }
        functionsByName[name] = nil
        queues[known.queue].functions.removeAll { $0 == index }
        functions[index].delayEndsAt = .distantFuture
        functions.free(index)
        resolve(known.queue, into: &effects)
    }

    private func queue(_ name: String) throws(CommandError) -> Index<Queue> {
        guard let queue = queuesByName[name] else { throw .unknownQueue(name) }
        return queue
    }

    private func function(_ name: String) throws(CommandError) -> Index<Function> {
        guard let function = functionsByName[name] else { throw .unknownFunction(name) }
        return function
    }
}

/// Puts a new value in and takes the old one out.
private func exchange<Value>(_ place: inout Value, _ value: Value) -> Value {
    defer { place = value }
    return place
}

extension Array {
    /// `map` that keeps the type of the error.
    fileprivate func typedMap<Result, Failure: Error>(
        _ transform: (Element) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try transform(element)) }
        return results
    }
}

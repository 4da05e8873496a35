import SluiceModel

// What an operator sets while it runs, and takes back. All keys of a command are set or none.

extension Engine {
    mutating func set(
        _ overrides: [Override], of target: Target, into effects: inout Effects
    ) throws(CommandError) -> [Change] {
        for override in overrides { try check(override, of: target) }
        return try change(overrides, of: target, into: &effects)
    }

    /// Takes back everything that was set for the target, whether to be kept or not.
    mutating func revert(
        _ target: Target, into effects: inout Effects
    ) throws(CommandError) -> [Change] {
        // A worker has nothing that can be set, but one that is not there is still a mistake.
        if case .worker(let id) = target, workersByID[id] == nil { throw .unknownWorker(id) }
        return try change(Override.nothing(of: target), of: target, into: &effects)
    }

    /// Sets what was checked; returns what is in force differently now.
    mutating func change(
        _ overrides: [Override], of target: Target, into effects: inout Effects
    ) throws(CommandError) -> [Change] {
        let before = try inForce(of: target)
        for override in overrides { try apply(override, to: target) }
        try resolve(target, into: &effects)
        return before.changes(to: try inForce(of: target))
    }

    private mutating func apply(_ override: Override, to target: Target) throws(CommandError) {
        switch (target, override) {
        case (.queue(let name), .concurrencyLimit(let limit)):
            queues[try queue(name)].overrides.concurrencyLimit = limit
        case (.queue(let name), .maxSize(let size)):
            queues[try queue(name)].overrides.maxSize = size
        case (.queue(let name), .maxWait(let wait)):
            queues[try queue(name)].overrides.maxWait = wait
        case (.queue(let name), .perDeviceLimit(let limit)):
            queues[try queue(name)].overrides.perDeviceLimit = limit
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
        _ target: Target, into effects: inout Effects
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

    /// The values in force that the target can be given others of.
    private func inForce(of target: Target) throws(CommandError) -> [Setting] {
        switch target {
        case .daemon: daemonSettings
        case .queue(let name): queues[try queue(name)].rules.settings
        case .function(let name): functions[try function(name)].rules.settings
        case .worker: []
        }
    }

    // MARK: Checks

    /// Whether the target has the key and the value is one it can have.
    private func check(_ override: Override, of target: Target) throws(CommandError) {
        guard try inForce(of: target).contains(where: { $0.key == override.key }) else {
            throw .notAKey(override.key, of: target)
        }
        try checkRange(of: override)
        guard case .maxBatchSize(let size?) = override, case .function(let name) = target, size > 1
        else { return }
        let batches = functions[try function(name)].rules.batch
        try require(batches, override.key, size, "1: the function does not take batches")
    }

    func checkRange(of override: Override) throws(CommandError) {
        switch override {
        case .concurrencyLimit(.at(let n)?), .maxSize(.at(let n)?), .maxRunning(.at(let n)?),
            .defaultConcurrencyLimit(.at(let n)?):
            try require(
                (0...Limits.count).contains(n), override.key, n,
                "0 to \(Limits.count), or \"none\"")
        case .maxBatchSize(let n?):
            try require(
                (1...Limits.batchSize).contains(n), override.key, n, "1 to \(Limits.batchSize)")
        case .perDeviceLimit(.at(let n)?):
            try require(
                (1...Limits.count).contains(n), override.key, n, "1 to \(Limits.count), or \"none\""
            )
        case .maxWait(let span?), .maxBatchDelay(let span?):
            try require(
                span >= .zero && span <= .seconds(Limits.durationSeconds), override.key, span,
                "0 to \(Limits.durationSeconds) seconds")
        case .concurrencyLimit, .maxSize, .maxRunning, .defaultConcurrencyLimit, .maxBatchSize,
            .maxWait, .maxBatchDelay, .perDeviceLimit:
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
}

extension Override {
    /// Every key of the target, with nothing set.
    fileprivate static func nothing(of target: Target) -> [Override] {
        switch target {
        case .queue:
            [
                .concurrencyLimit(nil), .maxSize(nil), .maxWait(nil), .perDeviceLimit(nil),
            ]
        case .function: [.maxBatchSize(nil), .maxBatchDelay(nil)]
        case .daemon: [.maxRunning(nil), .defaultConcurrencyLimit(nil), .maxSize(nil)]
        case .worker: []
        }
    }
}

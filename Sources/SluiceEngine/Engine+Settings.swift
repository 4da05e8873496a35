import SluiceModel

// Which value is in force: what an operator set, else the configuration, else what workers
// declare, else the default. Every change goes through `resolve`, so that it takes effect in the
// same turn wherever it came from.

/// What an operator set for the whole daemon.
struct DaemonOverrides: Hashable {
    var maxRunning: Limit?
    var defaultConcurrencyLimit: Limit?
    var maxSize: Limit?
}

extension Engine {
    /// Takes over the configuration as read at start or reload. Nothing is dropped by it: a
    /// limit that fell below what runs or waits only lets nothing more in.
    ///
    /// - Parameter user: who asked for it, to be told with what it changes.
    mutating func configure(
        _ configuration: Configuration, by user: UInt32?, at now: Instant,
        into effects: inout Effects
    ) {
        alterations.cause = isConfigured ? .reload(by: user) : nil
        isConfigured = true
        self.configuration = configuration
        resolveDaemon()
        for queue in queues.indices { queues[queue].configured = QueueSettings() }
        for (name, settings) in configuration.queues.sorted(by: { $0.key < $1.key }) {
            let queue = knownQueue(name)
            queues[queue].configured = settings
        }
        for function in functions.indices { functions[function].configured = nil }
        for (name, settings) in configuration.functions.sorted(by: { $0.key < $1.key }) {
            let function = knownFunction(name)
            functions[function].configured = settings
        }
        // Each queue once, after all its functions: a queue looks at every one of them.
        for function in functions.indices { resolveRules(of: function, into: &effects) }
        // Those that nothing is in any more are forgotten when the turn has looked at them.
        for queue in queues.indices { resolve(queue, into: &effects) }
        reconfigureDevices(at: now)
    }

    // MARK: Known things

    /// - Parameter declared: what a new one is created with, so that it begins in its queue.
    mutating func knownFunction(
        _ name: String, declared: FunctionSettings? = nil
    ) -> Index<Function> {
        if let index = functionsByName[name] { return index }
        let rules = FunctionRules(
            name: name, overrides: FunctionOverrides(),
            configured: configuration.functions[name], declared: declared)
        let queue = knownQueue(rules.concurrencyID)
        let index = functions.insert(Function(queue: queue, rules: rules, name: name))
        functionsByName[name] = index
        sleepers.makeRoom(for: index)
        queues[queue].functions.append(index)
        return index
    }

    mutating func knownQueue(_ name: String) -> Index<Queue> {
        if let index = queuesByName[name] { return index }
        let rules = QueueRules(
            configured: QueueSettings(), overrides: QueueSettings(), declared: []
        ) { _, _ in settings.defaultConcurrencyLimit }
        let index = queues.insert(Queue(rules: rules, name: name))
        queuesByName[name] = index
        alterations.noteNew(index)
        return index
    }

    /// Forgets a queue that no function is in and nobody set anything for.
    mutating func collect(_ index: Index<Queue>) {
        let queue = queues[index]
        guard queue.isNothing, !queue.isMarked, !queue.watched.isScheduled else { return }
        queuesByName[queue.name] = nil
        queues[index].readyKey = nil
        queues.free(index)
    }

    // MARK: Resolving

    mutating func resolveDaemon() {
        let before = daemonSettings
        alterations.note(before)
        settings = configuration.daemon
        if let limit = overrides.maxRunning { settings.maxRunning = limit }
        if let limit = overrides.defaultConcurrencyLimit {
            settings.defaultConcurrencyLimit = limit
        }
        if let size = overrides.maxSize { settings.maxSize = size }
    }

    mutating func resolve(_ function: Index<Function>, into effects: inout Effects) {
        resolveRules(of: function, into: &effects)
        resolve(functions[function].queue, into: &effects)
    }

    private mutating func resolveRules(
        of function: Index<Function>, into effects: inout Effects
    ) {
        let known = functions[function]
        let rules = FunctionRules(
            name: known.name, overrides: known.overrides, configured: known.configured,
            declared: known.declared)
        alterations.note(function, known.rules.settings)
        functions[function].rules = rules
        let queue = knownQueue(rules.concurrencyID)
        if queue != known.queue { move(function, to: queue, into: &effects) }
    }

    mutating func resolve(_ queue: Index<Queue>, into effects: inout Effects) {
        let known = queues[queue]
        let declared = known.functions.compactMap { function in
            functions[function].rules.concurrencyLimit.map {
                (function: functions[function].name, limit: $0)
            }
        }
        let rules = QueueRules(
            configured: known.configured, overrides: known.overrides, declared: declared
        ) { places(of: $0, each: $1) ?? settings.defaultConcurrencyLimit }
        mark(queue)
        guard rules != known.rules else { return }
        alterations.note(queue, known.rules.settings)
        queues[queue].rules = rules
        if rules.devices != known.rules.devices { bindDevices(of: queue) }
        statusChanged(in: queue)
        guard !rules.disagreement.isEmpty, rules.disagreement != known.rules.disagreement else {
            return
        }
        effects.append(
            other: .notice(
                .limitsDisagree(
                    queue: known.name, declared: rules.disagreement,
                    inForce: rules.concurrencyLimit)))
    }

    /// The function waits in another queue from now on, with everybody in its line. What runs
    /// keeps the place it has in the old one.
    private mutating func move(
        _ function: Index<Function>, to queue: Index<Queue>, into effects: inout Effects
    ) {
        let old = functions[function].queue
        checkRoom(for: old)
        for index in waitingRequests(of: function) {
            stopWatching(index)
            queues[old].waiting.remove(requests[index].id)
        }
        queues[old].functions.removeAll { $0 == function }
        functions[function].queue = queue
        queues[queue].functions.append(function)
        for index in waitingRequests(of: function) {
            queues[queue].waiting.insert(requests[index].id)
            if requests[index].isAnnounced { rewatch(index) }
        }
        statusChanged(in: old)
        statusChanged(in: queue)
        resolve(old, into: &effects)
    }

    /// Everybody who waits for the function, in its line and in its retries.
    func waitingRequests(of function: Index<Function>) -> [Index<Request>] {
        var found = functions[function].retries.flatMap(\.members)
        var next = functions[function].line.first
        while !next.isNone {
            found.append(next)
            next = requests[next].next
        }
        return found.sorted { requests[$0].id < requests[$1].id }
    }
}

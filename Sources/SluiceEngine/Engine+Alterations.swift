import SluiceModel

// Who changed which limit, from what to what. A reload touches a queue once for every function
// that moves, so what an event altered is told when the event is taken in whole, and each value
// once. What nobody has to be told of has no cause: the start, with what was kept from the run
// before. Nor is it news what a queue or a function begins with, or what a function is when it is
// declared for the first time.

/// What an event alters, with what was in force before.
struct Alterations {
    /// Why, in this event; nil: nobody needs to hear of it.
    var cause: Cause?
    fileprivate var daemon: [Setting]?
    fileprivate var queues: [(index: Index<Queue>, before: [Setting])] = []
    fileprivate var functions: [(index: Index<Function>, before: [Setting])] = []
    private var seen: Set<Index<Queue>> = []
    private var newFunction: Index<Function>?

    mutating func note(_ before: [Setting]) {
        guard cause != nil, daemon == nil else { return }
        daemon = before
    }

    mutating func note(_ queue: Index<Queue>, _ before: @autoclosure () -> [Setting]) {
        guard cause != nil, seen.insert(queue).inserted else { return }
        queues.append((queue, before()))
    }

    /// A queue that begins with this event is no change of one.
    mutating func noteNew(_ queue: Index<Queue>) {
        if cause != nil { seen.insert(queue) }
    }

    mutating func noteNew(_ function: Index<Function>) { newFunction = function }

    mutating func note(_ function: Index<Function>, _ before: @autoclosure () -> [Setting]) {
        guard cause != nil, function != newFunction else { return }
        functions.append((function, before()))
    }
}

extension Engine {
    /// What an operator can set of the daemon.
    var daemonSettings: [Setting] {
        func source(_ override: Limit?, _ key: String) -> Source {
            if override != nil { return .override }
            return configuration.said.contains(key) ? .configuration : .default
        }
        return [
            Setting(
                key: "max_running", value: .limit(settings.maxRunning),
                source: source(overrides.maxRunning, "max_running")),
            Setting(
                key: "default_concurrency_limit", value: .limit(settings.defaultConcurrencyLimit),
                source: source(overrides.defaultConcurrencyLimit, "default_concurrency_limit")),
            Setting(
                key: "max_size", value: .limit(settings.maxSize),
                source: source(overrides.maxSize, "max_size")),
        ]
    }

    /// Ends an event: tells what it altered.
    mutating func tellAlterations(into effects: inout Effects) {
        guard let cause = alterations.cause else { return }
        func tell(_ target: Target, _ changes: [Change]) {
            for change in changes {
                effects.append(other: .notice(.changed(target, change, cause)))
            }
        }
        tell(.daemon, alterations.daemon?.changes(to: daemonSettings) ?? [])
        for (index, before) in alterations.queues {
            let queue = queues[index]
            tell(.queue(queue.name), before.ownChanges(to: queue.rules.settings))
        }
        for (index, before) in alterations.functions {
            let function = functions[index]
            tell(.function(function.name), before.ownChanges(to: function.rules.settings))
        }
        alterations = Alterations()
    }
}

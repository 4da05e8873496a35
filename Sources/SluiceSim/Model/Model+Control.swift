import SluiceEngine
import SluiceModel

extension Model {
    /// Follows the reply, and notes whether it had to be so.
    mutating func obey(_ command: Command, _ token: UInt64) {
        duties.append(.reply(token: token, mustAgree: mustAgree(to: command)))
        if case .uncordon(let device) = command {
            // What is lost, or not there, stays so, and is cordoned for nothing else any more.
            return operatorUncordons(device)
        }
        guard case .done = fates.replies[token] else { return }
        apply(command)
    }

    /// A command obeyed before a restart, which may name what nobody has spoken of yet.
    mutating func restore(_ command: Command) {
        switch command {
        case .set(let target, _), .revert(let target), .pause(let target), .drain(let target),
            .resume(let target):
            if case .function(let name) = target { know(name) }
            apply(command)
        case .cordon(let device, _): operatorCordons(device)
        case .uncordon(let device): equipment.operatorCordons.remove(device)
        case .cancel, .forget: break
        }
    }

    private mutating func apply(_ command: Command) {
        switch command {
        case .set(let target, let values):
            for value in values { set(value, of: target) }
        case .revert(let target): revert(target)
        case .pause(let target): hold(target, .paused)
        case .drain(let target):
            if case .worker(let id) = target { duties.append(.drain(id)) }
            hold(target, .draining)
        case .resume(let target): hold(target, .running)
        case .cancel(let id):
            conclude(id, [.cancelledByOperator])
            giveUp(id)
        case .forget(let name):
            // Indices stay what they are: a forgotten function only loses its name.
            guard let index = functionIndex(name) else { return }
            functions[index] = Function(name: "(forgotten)")
            functions[index].queue = queues.count
            queues.append(Queue(name: "(forgotten)"))
        case .cordon(let device, _): operatorCordons(device)
        case .uncordon(let device): operatorUncordons(device)
        }
    }

    /// Nil where the design does not say.
    private func mustAgree(to command: Command) -> Bool? {
        switch command {
        case .set(.function(let name), _):
            // Which values a function can take depends on what it is.
            return functionIndex(name) == nil ? false : nil
        case .set(let target, _), .revert(let target), .pause(let target), .drain(let target),
            .resume(let target):
            return isKnown(target)
        case .cancel(let id):
            return requests[id] != nil || detached.settling[id]?.isShown == true
        case .forget(let name):
            guard let index = functionIndex(name) else { return false }
            let isServed = workers.contains { $0.functions.contains(index) }
            let isRunning = grants.values.contains { $0.function == index }
            let isStoring = detached.storing.values.contains { $0.function == index }
            if isServed || isRunning || isStoring || functions[index].waiting > 0 { return false }
            // What the configuration names would be known again at once.
            return functions[index].configured == nil && lateRefusals.isEmpty ? true : nil
        case .cordon(let device, _): return equipment.device(device) != nil
        case .uncordon(let device): return equipment.device(device).map { !isLost($0) } ?? false
        }
    }

    private func isKnown(_ target: Target) -> Bool? {
        switch target {
        case .daemon: true
        case .worker(let id): workerIndex(id) != nil
        case .function(let name): functionIndex(name) != nil
        case .queue(let name):
            // Whether one is known that has no functions any more is not said anywhere.
            queueIndex(name).flatMap { queue in
                functions.contains { $0.queue == queue } ? true : nil
            }
        }
    }

    private mutating func set(_ value: Override, of target: Target) {
        switch target {
        case .daemon:
            daemonOverrides.removeAll { $0.key == value.key }
            daemonOverrides.append(value)
        case .queue(let name):
            let queue = knowQueue(name)
            switch value {
            case .concurrencyLimit(let limit): queues[queue].overrides.concurrencyLimit = limit
            case .maxSize(let limit): queues[queue].overrides.maxSize = limit
            case .maxWait(let span): queues[queue].overrides.maxWait = span
            case .perDeviceLimit(let limit): queues[queue].overrides.perDeviceLimit = limit
            case .maxBatchSize, .maxBatchDelay, .maxRunning, .defaultConcurrencyLimit: break
            }
        case .function(let name):
            guard let function = functionIndex(name) else { return }
            switch value {
            case .maxBatchSize(let size): functions[function].batchSizeOverride = size
            case .maxBatchDelay(let span): functions[function].batchDelayOverride = span
            case .concurrencyLimit, .maxSize, .maxWait, .maxRunning, .defaultConcurrencyLimit,
                .perDeviceLimit:
                break
            }
        case .worker: break
        }
    }

    private mutating func revert(_ target: Target) {
        switch target {
        case .daemon: daemonOverrides.removeAll()
        case .queue(let name): queues[knowQueue(name)].overrides = QueueSettings()
        case .function(let name):
            guard let function = functionIndex(name) else { return }
            functions[function].batchSizeOverride = nil
            functions[function].batchDelayOverride = nil
        case .worker: break
        }
    }

    /// Whether a drained target has finished its work. What is gone has.
    func isDrained(_ target: Target) -> Bool {
        switch target {
        case .daemon:
            return waiting == 0 && running == 0 && detached.storing.isEmpty
                && detached.settling.isEmpty
        case .queue(let name):
            guard let queue = queueIndex(name) else { return true }
            return waitingOrStoring(in: queue) == 0 && queues[queue].running == 0
        case .function(let name):
            guard let function = functionIndex(name) else { return true }
            return functions[function].waiting == 0
                && !detached.storing.values.contains { $0.function == function }
                && !grants.values.contains { $0.function == function }
        case .worker(let id):
            guard let worker = workerIndex(id) else { return true }
            return workers[worker].grants.isEmpty
        }
    }

    private mutating func hold(_ target: Target, _ hold: Hold) {
        drains.removeAll { $0 == target }
        if hold == .draining { drains.append(target) }
        switch target {
        case .daemon: self.hold = hold
        case .queue(let name):
            queues[knowQueue(name)].hold = hold
        case .function(let name):
            guard let function = functionIndex(name) else { return }
            functions[function].hold = hold
            functions[function].deathsAtLeast = 0
        case .worker(let id):
            if let worker = workerIndex(id) { workers[worker].hold = hold }
        }
    }
}

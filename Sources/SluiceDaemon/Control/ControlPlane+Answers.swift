import Glibc
import SluiceEngine
import SluiceModel
import SluiceWire

/// Items of one page of a list at most, and where the caller does not say.
private let longestPage = 1000
let usualPage = 200

extension ControlPlane {
    /// Answers a call from what the engine shows at the end of the turn.
    mutating func answer(
        _ pending: PendingCall, _ engine: borrowing Engine, since start: Instant, at now: Instant
    ) {
        if let subject = pending.call.subject { return ask(about: subject, for: pending) }
        let message: [UInt8]
        kept = nil
        do throws(ControlError) {
            message = try reply(to: pending, engine, since: start, at: now)
        } catch {
            message = error.message
        }
        guard !pending.isOneway else { return }
        guard let write = kept else { return pending.connection.send(message) }
        // What is confirmed to be kept is on the disk.
        pending.connection.send(message, after: write)
    }

    /// Answers `Reload` with what was wrong, if anything.
    func reply(to pending: PendingCall, _ errors: [ConfigurationError]) {
        guard !pending.isOneway else { return }
        guard errors.isEmpty else {
            let listed = errors.map { error in
                Control.ConfigurationError(
                    file: error.file, line: error.line, key: error.key, message: error.message)
            }
            return pending.connection.send(ControlError.configurationInvalid(listed).message)
        }
        pending.connection.send(Control.Reload.message(reply: NoParameters()))
    }

    /// Answers `DescribeFunctions`, which the engine knows nothing of.
    func reply(to pending: PendingCall, _ page: Control.DescribeFunctions.Reply) {
        guard !pending.isOneway else { return }
        pending.connection.send(Control.DescribeFunctions.message(reply: page))
    }

    private mutating func reply(
        to pending: PendingCall, _ engine: borrowing Engine, since start: Instant, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        switch pending.call {
        case .status:
            var daemon = Control.Daemon(
                version: version, instance: instance.description, pid: getpid())
            daemon.uptimeSeconds = (now - start).inSeconds
            daemon.startedAt = wallClock() - daemon.uptimeSeconds
            daemon.store = store
            daemon.fill(from: engine.daemonView(), at: now)
            return Control.Status.message(reply: daemon)
        case .listQueues(let call):
            let names = engine.queueViews(at: now)
            let page = Page(names, after: call.after, limit: call.limit) { $0.name }
            return Control.ListQueues.message(
                reply: .init(queues: page.items.map { Control.Queue($0) }, next: page.next))
        case .getQueue(let call):
            guard let view = engine.queueView(call.concurrencyID, at: now) else {
                throw unknownQueue(call.concurrencyID, engine, at: now)
            }
            return Control.GetQueue.message(
                reply: .init(
                    queue: Control.Queue(view),
                    functions: view.functions.map { Control.Function($0) }))
        case .listFunctions(let call):
            return try listFunctions(call, engine, at: now)
        case .getMetrics(let call):
            let limit = min(max(1, call.limit ?? usualPage), longestPage)
            // One more than asked for tells whether there is a next page.
            let views = engine.tallyViews(after: call.after, limit: limit + 1)
            var reply = Control.GetMetrics.Reply(engine.turnoverView())
            reply.functions = views.prefix(limit).map { Control.FunctionMetrics($0) }
            reply.next = views.count > limit ? reply.functions.last?.function : nil
            return Control.GetMetrics.message(reply: reply)
        case .listWorkers(let call):
            let page = Page(engine.workerViews(at: now), after: call.after, limit: call.limit) {
                $0.id.rawValue
            }
            return Control.ListWorkers.message(
                reply: .init(workers: page.items.map { Control.Worker($0) }, next: page.next))
        case .listDevices(let call): return try listDevices(call, engine, at: now)
        case .listRequests(let call): return try listRequests(call, engine, at: now)
        case .getRequest(let call):
            guard let view = engine.requestView(RequestID(rawValue: call.id), at: now) else {
                throw .unknownRequest(call.id)
            }
            return Control.GetRequest.message(reply: .init(request: Control.Request(view)))
        case .explain(let call): return try explain(call.id, engine, at: now)
        case .set, .revert, .pause, .resume, .drain, .cordon, .uncordon, .cancel, .forget:
            return try reply(toChange: pending, engine, at: now)
        case .monitor:
            let event = Control.Event(
                kind: .monitoring, happenedAt: wallClock(), message: "monitoring")
            return Control.Monitor.message(reply: .init(event: event), continues: true)
        case .getInfo:
            return VarlinkService.GetInfo.message(reply: .init(version: version))
        case .getInterfaceDescription(let call):
            do throws(VarlinkServiceError) {
                return VarlinkService.GetInterfaceDescription.message(reply: try call.answer())
            } catch {
                return error.message
            }
        case .listDetached, .getDetached, .retry, .discard:
            preconditionFailure("the store knows")
        case .startWorker, .stopWorker: preconditionFailure("systemd is asked")
        case .reload: preconditionFailure("the daemon, which reads the file, answers Reload")
        case .describeFunctions: preconditionFailure("who keeps the descriptions answers")
        }
    }

    // MARK: Lists

    private func listFunctions(
        _ call: Control.ListFunctions, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        var queues = engine.queueViews(at: now)
        if let name = call.concurrencyID {
            queues = queues.filter { $0.name == name }
            guard !queues.isEmpty else { throw unknownQueue(name, engine, at: now) }
        }
        let functions = queues.flatMap(\.functions).sorted { $0.name < $1.name }
        let page = Page(functions, after: call.after, limit: call.limit) { $0.name }
        return Control.ListFunctions.message(
            reply: .init(functions: page.items.map { Control.Function($0) }, next: page.next))
    }

    private func listDevices(
        _ call: Control.ListDevices, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        guard let name = call.device else {
            return Control.ListDevices.message(
                reply: .init(engine.deviceViews(at: now), after: call.after))
        }
        guard let view = engine.deviceView(name, at: now) else {
            throw ControlError(.unknownDevice(name), engine, at: now)
        }
        return Control.ListDevices.message(reply: .init(devices: [Control.Device(view)]))
    }

    private func listRequests(
        _ call: Control.ListRequests, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        if let name = call.concurrencyID, engine.queueView(name, at: now) == nil {
            throw unknownQueue(name, engine, at: now)
        }
        if let name = call.function, !engine.knows(function: name) {
            throw ControlError(.unknownFunction(name), engine, at: now)
        }
        let limit = min(max(1, call.limit ?? usualPage), longestPage)
        // One more than asked for tells whether there is a next page.
        let views = engine.requestViews(
            queue: call.concurrencyID, function: call.function,
            after: call.after.map { RequestID(rawValue: $0) }, limit: limit + 1, at: now)
        let items = views.prefix(limit)
        let next = views.count > limit ? items.last?.id.rawValue : nil
        return Control.ListRequests.message(
            reply: .init(requests: items.map { Control.Request($0) }, next: next))
    }

    private func explain(
        _ id: UInt64, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        let request = RequestID(rawValue: id)
        guard let view = engine.requestView(request, at: now),
            let explanation = engine.explain(request, at: now)
        else { throw .unknownRequest(id) }
        var message = explanation.message
        switch explanation.blocker {
        case .storeFull: message += store.map { ": \($0.contents)" } ?? ""
        case .storeFailed: message += store?.reason.map { ": \($0)" } ?? ""
        default: break
        }
        return Control.Explain.message(
            reply: .init(
                request: Control.Request(view), blocker: Control.Blocker(explanation.blocker),
                message: message,
                help: explanation.remedy.isEmpty ? nil : explanation.remedy))
    }

    // MARK: Changes

    private mutating func reply(
        toChange pending: PendingCall, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        guard let token = pending.token, let reply = replies.removeValue(forKey: token) else {
            preconditionFailure("a command without a reply")
        }
        switch reply {
        case .refused(let error):
            // What an operator said of a device that is not there is taken back all the same.
            if case .deviceLost = error, pending.call.isKept { try keep(pending.call) }
            throw ControlError(error, engine, at: now)
        case .done(let changes):
            if pending.call.isKept { try keep(pending.call) }
            let listed = changes.map { Control.Change($0) }
            switch pending.call {
            case .set: return Control.Set.message(reply: .init(changes: listed))
            case .revert: return Control.Revert.message(reply: .init(changes: listed))
            case .pause, .resume, .drain, .cordon, .uncordon, .cancel, .forget:
                return VarlinkReply.message(NoParameters())
            case .status, .listQueues, .getQueue, .listFunctions, .describeFunctions, .getMetrics,
                .listWorkers,
                .listDevices,
                .listRequests, .getRequest, .explain, .listDetached, .getDetached, .retry, .discard,
                .startWorker, .stopWorker, .monitor,
                .reload, .getInfo, .getInterfaceDescription:
                preconditionFailure("a call that changes nothing has no command")
            }
        }
    }

    private mutating func keep(_ call: Control.Call) throws(ControlError) {
        guard let command = try call.command else { return }
        kept = overrides.note(command)
    }

    private func unknownQueue(
        _ name: String, _ engine: borrowing Engine, at now: Instant
    ) -> ControlError {
        .unknownQueue(
            name, nearest: nearestName(to: name, among: engine.queueViews(at: now).map(\.name)))
    }
}

/// One page of a list that is sorted by a key.
private struct Page<Item, Key: Comparable> {
    let items: [Item]
    let next: Key?

    init(_ all: [Item], after: Key?, limit: Int?, by key: (Item) -> Key) {
        let limit = min(max(1, limit ?? usualPage), longestPage)
        let rest = all.drop { item in after.map { key(item) <= $0 } ?? false }
        items = Array(rest.prefix(limit))
        next = rest.count > limit ? items.last.map(key) : nil
    }
}

extension ControlError {
    init(_ error: CommandError, _ engine: borrowing Engine, at now: Instant) {
        let queues = engine.queueViews(at: now)
        switch error {
        case .unknownQueue(let name):
            self = .unknownQueue(name, nearest: nearestName(to: name, among: queues.map(\.name)))
        case .unknownFunction(let name):
            let known = queues.flatMap(\.functions).map(\.name)
            self = .unknownFunction(name, nearest: nearestName(to: name, among: known))
        case .unknownWorker(let id): self = .unknownWorker(id.rawValue)
        case .unknownDevice(let name):
            let known = engine.deviceViews(at: now).map(\.description.name)
            self = .unknownDevice(name, nearest: nearestName(to: name, among: known))
        case .deviceLost(let name): self = .deviceLost(name)
        case .unknownRequest(let id): self = .unknownRequest(id.rawValue)
        case .notAKey(let key, let target):
            let target = Control.Target(target)
            self = .notAKey(key, of: target, keys: Control.SettingKey.keys(of: target))
        case .valueOutOfRange(let key, let value, let allowed):
            self = .valueOutOfRange(key: key, value: value, allowed: allowed)
        case .inUse(let function): self = .inUse(function: function)
        }
    }
}

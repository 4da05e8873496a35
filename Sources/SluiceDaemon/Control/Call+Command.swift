import SluiceEngine
import SluiceModel
import SluiceWire

extension Control.Call {
    /// The command it is to the engine; nil where it changes nothing there.
    var command: Command? {
        get throws(ControlError) {
            switch self {
            case .set(let set): return .set(Target(set.target), try set.overrides)
            case .revert(let revert): return .revert(Target(revert.target))
            case .pause(let pause): return .pause(Target(pause.target))
            case .resume(let resume): return .resume(Target(resume.target))
            case .drain(let drain): return .drain(Target(drain.target))
            case .cordon(let cordon): return try cordon.command
            case .uncordon(let uncordon): return .uncordon(device: uncordon.device)
            case .cancel(let cancel): return .cancel(RequestID(rawValue: cancel.id))
            case .forget(let forget): return .forget(function: forget.function)
            case .startWorker, .stopWorker:
                // A wrong name is refused before anything waits.
                _ = try unitJob
                return nil
            case .status, .listQueues, .getQueue, .listFunctions, .describeFunctions, .getMetrics,
                .listWorkers,
                .listDevices,
                .listRequests, .getRequest, .explain, .listDetached, .getDetached, .retry, .discard,
                .monitor,
                .reload, .getInfo, .getInterfaceDescription:
                return nil
            }
        }
    }

    /// Whether anybody may ask it: what the service is, not what it does.
    var isAboutService: Bool {
        switch self {
        case .getInfo, .getInterfaceDescription: true
        default: false
        }
    }

    /// Whether what it changes is kept over a restart.
    var isKept: Bool {
        switch self {
        case .set(let set): set.runtime != true
        case .pause(let pause): pause.runtime != true
        case .resume(let resume): resume.runtime != true
        case .drain(let drain): drain.runtime != true
        case .cordon(let cordon): cordon.runtime != true
        case .uncordon(let uncordon): uncordon.runtime != true
        case .revert, .forget: true
        case .status, .listQueues, .getQueue, .listFunctions, .describeFunctions, .getMetrics,
            .listWorkers,
            .listDevices,
            .listRequests, .getRequest, .explain, .listDetached, .getDetached, .cancel, .retry,
            .discard, .startWorker, .stopWorker,
            .monitor, .reload, .getInfo, .getInterfaceDescription:
            false
        }
    }
}

extension Control.Set {
    fileprivate var overrides: [Override] {
        get throws(ControlError) {
            var overrides: [Override] = []
            // Sorted, so that of several wrong keys always the same is named.
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                guard let key = Control.SettingKey(rawValue: name), key.belongs(to: target) else {
                    throw .notAKey(name, of: target, keys: Control.SettingKey.keys(of: target))
                }
                overrides.append(try key.override(value))
            }
            return overrides
        }
    }
}

extension Control.Cordon {
    /// What is said of a device is shown in lines, logged and kept.
    fileprivate var command: Command {
        get throws(ControlError) {
            let reason = reason ?? ""
            let isLine = !reason.unicodeScalars.contains {
                $0.properties.generalCategory == .control
            }
            guard isLine, reason.utf8.count <= Limits.reasonBytes else {
                throw .valueOutOfRange(
                    key: "reason", value: "\(reason.utf8.count) bytes",
                    allowed: "one line of at most \(Limits.reasonBytes) bytes")
            }
            return .cordon(device: device, reason: reason)
        }
    }
}

extension Control.SettingKey {
    func override(_ value: Control.SettingValue) throws(ControlError) -> Override {
        switch self {
        case .concurrencyLimit: .concurrencyLimit(try limit(value))
        case .maxSize: .maxSize(try limit(value))
        case .perDeviceLimit: .perDeviceLimit(try limit(value))
        case .maxRunning: .maxRunning(try limit(value))
        case .defaultConcurrencyLimit: .defaultConcurrencyLimit(try limit(value))
        case .maxBatchSize: .maxBatchSize(try count(value))
        case .maxWait: .maxWait(try duration(value))
        case .maxBatchDelay: .maxBatchDelay(try duration(value))
        }
    }

    private func limit(_ value: Control.SettingValue) throws(ControlError) -> Limit? {
        switch value {
        case .none: .some(.none)
        case .inherited: nil
        case .number: .at(try whole(value))
        }
    }

    private func count(_ value: Control.SettingValue) throws(ControlError) -> Int? {
        if case .inherited = value { return nil }
        return try whole(value)
    }

    private func whole(_ value: Control.SettingValue) throws(ControlError) -> Int {
        guard case .number(let number) = value, let count = Int(exactly: number), count >= 0 else {
            throw outOfRange(value, "a whole number, 0 or more")
        }
        return count
    }

    private func duration(_ value: Control.SettingValue) throws(ControlError) -> Duration? {
        switch value {
        case .inherited: return nil
        case .number(let seconds) where seconds >= 0 && seconds <= Double(Limits.durationSeconds):
            return .nanoseconds(Int64(seconds * 1e9))
        case .number, .none: throw outOfRange(value, "seconds, 0 or more")
        }
    }

    private func outOfRange(_ value: Control.SettingValue, _ allowed: String) -> ControlError {
        .valueOutOfRange(key: rawValue, value: value.description, allowed: allowed)
    }
}

extension Target {
    init(_ target: Control.Target) {
        switch target {
        case .daemon: self = .daemon
        case .queue(let name): self = .queue(name)
        case .function(let name): self = .function(name)
        case .worker(let id): self = .worker(WorkerID(rawValue: id))
        }
    }
}

extension Control.Target {
    init(_ target: Target) {
        switch target {
        case .daemon: self = .daemon
        case .queue(let name): self = .queue(name)
        case .function(let name): self = .function(name)
        case .worker(let id): self = .worker(id.rawValue)
        }
    }
}

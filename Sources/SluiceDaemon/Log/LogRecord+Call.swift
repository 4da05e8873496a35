import SluiceWire

extension LogRecord {
    /// What somebody did over the control socket that no notice tells of; nil where one does, or
    /// nothing was done.
    ///
    /// - Parameter changes: values in force that it changed.
    static func of(_ call: Control.Call, by user: UInt32, changes: Int) -> Self? {
        switch call {
        case .set(let set):
            guard changes == 0 else { return nil }
            let keys = set.values.keys.sorted()
            return Self(
                .unchanged, .notice,
                "\(set.target): \(keys.joined(separator: ", ")) set by user \(user) to what was in "
                    + "force already",
                set.target.fields.merging(
                    [.key: keys.joined(separator: " "), .user: "\(user)"]) { $1 })
        case .revert(let revert):
            guard changes == 0 else { return nil }
            return Self(
                .unchanged, .notice,
                "\(revert.target) reverted by user \(user): no value in force changed",
                revert.target.fields.merging([.user: "\(user)"]) { $1 })
        case .cancel(let cancel):
            return Self(
                .cancelled, .notice, "request \(cancel.id) cancelled by user \(user)",
                [.request: "\(cancel.id)", .user: "\(user)"])
        case .forget(let forget):
            return Self(
                .forgotten, .notice, "function \(forget.function) forgotten by user \(user)",
                [.function: forget.function, .user: "\(user)"])
        case .pause, .resume, .drain, .cordon, .uncordon, .startWorker, .stopWorker, .reload,
            .status, .listQueues,
            .getQueue, .listFunctions, .describeFunctions, .getMetrics, .listWorkers,
            .listDevices, .listRequests, .getRequest,
            .explain, .listDetached, .getDetached,
            .retry, .discard, .monitor, .getInfo, .getInterfaceDescription:
            return nil
        }
    }
}

extension Control.Target {
    fileprivate var fields: [LogField: String] {
        switch self {
        case .daemon: [:]
        case .queue(let name): [.queue: name]
        case .function(let name): [.function: name]
        case .worker(let id): [.worker: "\(id)"]
        }
    }
}

import SluiceEngine

extension Notice {
    /// The same with who did it, where somebody did.
    func message(by user: UInt32?) -> String {
        user.map { "\(message), by user \($0)" } ?? message
    }

    /// All of it in a sentence, for the journal and for monitors.
    var message: String {
        switch self {
        case .request(let id, let function, let queue, let step):
            "request \(id) (function \(function), queue \(queue)) \(step.message)"
        case .workerAttached(let id, let name, let process):
            "worker \(id) (\(name), process \(process)) attached"
        case .workerDetached(let id, let name): "worker \(id) (\(name)) left"
        case .workerLost(let id, let name, let unanswered):
            unanswered == 1
                ? "worker \(id) (\(name)) died with 1 request unanswered; "
                    + "it runs again as its function allows"
                : "worker \(id) (\(name)) died with \(unanswered) requests unanswered; "
                    + "they run again as their function allows"
        case .workerHung(let id, let name):
            "worker \(id) (\(name)) did not stop within cancel_grace; it gets no more work "
                + "until it answers or its process is gone"
        case .workerRecovered(let id, let name): "worker \(id) (\(name)) answered after all"
        case .functionPaused(let function, let deaths):
            "function \(function) is paused: \(deaths) workers died running it, with no answer "
                + "between; resume it with 'sluicectl resume --function \(function)'"
        case .limitsDisagree(let queue, let declared, let limit):
            "concurrency_limit of queue \(queue): \(declared.joined(separator: ", ")); "
                + "\(limit) is in force"
        case .changed(let target, let change, let cause):
            "\(target): \(change.key) changed from \(change.old) to \(change.new)\(cause.message)"
        case .held(let target, let hold): "\(target) is \(hold.rawValue)"
        case .notRestored(let target, let key):
            "\(target): the kept \(key) is none that it can have; set it again"
        case .reclaimed(let requests, let grants, let unclaimed):
            "back after the restart: \(counted(requests, "request", "requests")) and "
                + counted(grants, "batch", "batches")
                + (unclaimed == 0
                    ? ""
                    : "; nobody came for "
                        + counted(
                            unclaimed, "request that a worker has", "requests that workers have"))
        case .deviceFound(let device):
            "device \(device.name) is there"
                + (device.model.isEmpty ? " (\(device.kind.rawValue))" : " (\(device.model))")
        case .deviceCordoned(let device, let cordon, _):
            "device \(device) is cordoned, nothing more starts on it"
                + (cordon == .byOperator("") ? "" : ": \(cordon.reason)")
        case .deviceUncordoned(let device, _): "device \(device) is used again"
        case .drained(let target): "\(target) is drained: everything accepted is finished"
        }
    }
}

extension Cause {
    /// To follow what changed. Who gave a command is said apart.
    fileprivate var message: String {
        switch self {
        case .command: ""
        case .reload: ", as the configuration says now"
        case .declaration(let function): ", as function \(function) is declared now"
        }
    }
}

extension RequestStep {
    fileprivate var message: String {
        switch self {
        case .admitted: "was admitted"
        case .granted(let worker): "was given to worker \(worker)"
        case .started(let attempt): "started, attempt \(attempt)"
        case .returned: "went back to its place"
        case .ended(let code): "ended: \(code.rawValue)"
        }
    }
}

import SluiceModel

/// What an operator may do while the daemon runs.
public enum Command: Hashable, Sendable {
    case set(Target, [Override])
    /// Takes back everything that was set for the target. Holds are not settings and stay.
    case revert(Target)
    case pause(Target)
    case resume(Target)
    /// Refuse new requests and finish the accepted ones; a drained worker gets no more grants.
    case drain(Target)
    case cancel(RequestID)
    /// Forget a function nobody serves and nobody waits for.
    case forget(function: String)
    /// Start nothing more on a device, for a reason that is shown; what runs there goes on.
    case cordon(device: String, reason: String)
    /// Use it again, whatever it was cordoned for.
    case uncordon(device: String)
}

public enum Target: Hashable, Sendable, CustomStringConvertible {
    case daemon
    case queue(String)
    case function(String)
    case worker(WorkerID)

    public var description: String {
        switch self {
        case .daemon: "daemon"
        case .queue(let name): "queue \(name)"
        case .function(let name): "function \(name)"
        case .worker(let id): "worker \(id)"
        }
    }
}

/// One key of a target, given a value that goes before configuration and declaration. A nil
/// value takes an earlier override back.
public enum Override: Hashable, Sendable {
    // queue
    case concurrencyLimit(Limit?)
    /// Of a queue or of the daemon.
    case maxSize(Limit?)
    case maxWait(Duration?)
    case perDeviceLimit(Limit?)
    // function
    case maxBatchSize(Int?)
    case maxBatchDelay(Duration?)
    // daemon
    case maxRunning(Limit?)
    case defaultConcurrencyLimit(Limit?)

    /// The key as it is written everywhere.
    public var key: String {
        switch self {
        case .concurrencyLimit: "concurrency_limit"
        case .maxSize: "max_size"
        case .maxWait: "max_wait"
        case .perDeviceLimit: "per_device_limit"
        case .maxBatchSize: "max_batch_size"
        case .maxBatchDelay: "max_batch_delay"
        case .maxRunning: "max_running"
        case .defaultConcurrencyLimit: "default_concurrency_limit"
        }
    }
}

/// What became of a command.
public enum CommandReply: Hashable, Sendable {
    /// Done; the keys whose value in force changed.
    case done([Change])
    case refused(CommandError)
}

public enum CommandError: Error, Hashable, Sendable {
    case unknownQueue(String)
    case unknownFunction(String)
    case unknownWorker(WorkerID)
    case unknownRequest(RequestID)
    /// The target has no such key: `max_running` of a queue, say.
    case notAKey(String, of: Target)
    case valueOutOfRange(key: String, value: String, allowed: String)
    case unknownDevice(String)
    /// What is not there cannot be used again.
    case deviceLost(String)
    /// A function that has workers, waiting or running requests cannot be forgotten.
    case inUse(function: String)
}

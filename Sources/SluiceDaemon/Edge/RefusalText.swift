import SluiceEngine
import SluiceModel

/// What a client is told with an outcome that no worker explained: what is the matter, where, and
/// what to do now.
func text(for conclusion: Conclusion) -> String {
    switch conclusion.code {
    case .ok, .functionError, .queueFull, .draining, .tooLarge, .overQuota, .unknownFunction,
        .notPermitted, .waitTooLong, .unsupported, .storeFull, .storeFailed, .unknownRequest:
        ""
    case .queueTimeout: "it was not started within its queue_timeout"
    case .execTimeout: "it ran longer than its exec_timeout"
    case .deadline: "its deadline passed"
    case .cancelledByClient: "its client cancelled it"
    case .cancelledByOperator: "an operator cancelled it"
    case .clientGone: "its client disconnected"
    case .workerDied:
        "the worker died running it, attempt \(conclusion.attempts); see the worker's log"
    case .outOfMemory: "it does not fit into the device's memory, even alone in its batch"
    case .resultTooLarge:
        "its result is over \(Limits.frameBody >> 20) MiB, more than is kept of a detached "
            + "request; send it in chunks, or submit without detached"
    }
}

func text(for code: Code, _ refusal: Refusal) -> String {
    let place = refusal.place
    switch code {
    case .queueFull:
        let bound =
            switch refusal.key {
            case "max_bytes": "their bytes are at"
            case "max_files": "payloads in descriptors are at"
            default: "at most"
            }
        return "\(place) is full: \(refusal.depth) wait, \(bound) \(limit(refusal)); "
            + advice(refusal)
    case .draining: return "\(place) is draining and takes no new requests; try again later"
    case .tooLarge:
        return "the payload is over \(refusal.limit ?? 0) bytes (max_request_bytes); send less, or "
            + "ask the operator to raise it"
    case .overQuota:
        let bound =
            switch refusal.key {
            case "max_bytes_per_user": "requests, their bytes are at \(limit(refusal))"
            case "max_files_per_user":
                "live requests, payloads in descriptors are at \(limit(refusal))"
            case "callers": "callers with live requests, at most \(refusal.limit ?? 0)"
            default: "live requests, at most \(limit(refusal))"
            }
        return "\(place) has \(refusal.depth) \(bound); wait for some to end"
    case .unknownFunction:
        return "function \(place) is neither configured nor declared by any worker; "
            + "'sluicectl functions' shows those that are"
    case .notPermitted:
        return "function \(place) may not be asked for by this user, or on behalf of another; "
            + "an operator can list the user in allow_users or gateways"
    case .waitTooLong:
        return "queue \(place) is predicted to take longer than max_wait, with "
            + "\(refusal.depth) waiting; \(advice(refusal))"
    case .unsupported:
        return
            "this daemon keeps no detached requests; submit without detached and stay connected, "
            + "or ask the operator to give it a state directory"
    case .storeFull:
        return "the store of detached requests is full (max_stored_bytes), or its disk is full or "
            + "too slow; 'sluicectl discard' makes room, results leave it after result_ttl; or "
            + "submit without detached"
    case .storeFailed:
        return "detached requests cannot be kept, and the daemon's log says why; submit without "
            + "detached and stay connected, or ask the operator to mend the store"
    case .unknownRequest:
        return "request \(place) is not known here: it was not detached, was discarded, is older "
            + "than result_ttl, or is another user's"
    default: return ""
    }
}

/// The bound and the key that sets it, as in "100 (max_size)".
private func limit(_ refusal: Refusal) -> String {
    "\(refusal.limit ?? 0)" + (refusal.key.map { " (\($0))" } ?? "")
}

private func advice(_ refusal: Refusal) -> String {
    guard let span = refusal.retryAfter else { return "try again later" }
    let tenths = Int((span.inSeconds * 10).rounded(.up))
    return "try again in \(tenths / 10).\(tenths % 10) s"
}

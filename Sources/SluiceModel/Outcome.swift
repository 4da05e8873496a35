/// The one terminal event of a request.
public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// The worker answered.
    case completed
    /// The worker reported a failure, or died too often with it.
    case failed
    /// The client, its disappearance or an operator called it off.
    case cancelled
    /// A timeout or its deadline passed.
    case expired
    /// It was never accepted.
    case rejected
}

/// Why a request ended as it did, in one word that programs can rely on.
public enum Code: String, Hashable, BitwiseCopyable, Sendable, CaseIterable {
    /// Nothing to explain: it completed.
    case ok

    // rejected
    /// The queue's or the daemon's `max_size` or `max_bytes` is reached; try again later.
    case queueFull = "queue_full"
    /// The queue, function or daemon finishes what it has and takes no more.
    case draining
    /// The payload is larger than `max_request_bytes`.
    case tooLarge = "too_large"
    /// The caller has as many live requests as `max_requests_per_user` or its connection allows.
    case overQuota = "over_quota"
    /// No configuration names the function and no worker ever declared it.
    case unknownFunction = "unknown_function"
    /// The function's `allow_users` does not name the caller.
    case notPermitted = "not_permitted"
    /// The predicted wait is longer than `max_wait`.
    case waitTooLong = "wait_too_long"
    /// The request names something this daemon cannot do.
    case unsupported
    /// What is kept of detached requests is at `max_stored_bytes`, or the disk is full, or too much
    /// is on its way to it.
    case storeFull = "store_full"
    /// Detached requests cannot be kept: the store's file is damaged, or of a newer version, or its
    /// disk does not answer. The log says which.
    case storeFailed = "store_failed"
    /// FETCH asked for a request that is not kept, not any more, or for another user.
    case unknownRequest = "unknown_request"

    // expired
    case queueTimeout = "queue_timeout"
    case execTimeout = "exec_timeout"
    case deadline

    // cancelled
    case cancelledByClient = "cancelled_by_client"
    case cancelledByOperator = "cancelled_by_operator"
    case clientGone = "client_gone"

    // failed
    /// The worker's function raised; the answer carries what it said.
    case functionError = "function_error"
    /// The worker's process died with it, `max_attempts` times alone or once where the function
    /// must not run twice.
    case workerDied = "worker_died"
    /// It ran out of device memory alone in its batch.
    case outOfMemory = "out_of_memory"
    /// It was detached, and its result is larger than is kept.
    case resultTooLarge = "result_too_large"

    /// The outcome this code belongs to.
    public var outcome: Outcome {
        switch self {
        case .ok: .completed
        case .queueFull, .draining, .tooLarge, .overQuota, .unknownFunction, .notPermitted,
            .waitTooLong, .unsupported, .storeFull, .storeFailed, .unknownRequest:
            .rejected
        case .queueTimeout, .execTimeout, .deadline: .expired
        case .cancelledByClient, .cancelledByOperator, .clientGone: .cancelled
        case .functionError, .workerDied, .outOfMemory, .resultTooLarge: .failed
        }
    }
}

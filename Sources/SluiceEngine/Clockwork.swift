import SluiceModel

/// The timeouts of one request that has any.
struct Clockwork {
    let deadlineAt: Instant
    /// What an attempt may take.
    let execTimeout: Span
    /// Until when it must be started; `distantFuture` once it was.
    var queueTimeoutAt: Instant
    var execTimeoutAt = Instant.distantFuture
    /// The moment its timer is armed for.
    var due = Instant.distantFuture

    /// The next moment at which something expires.
    func nextExpiry(in state: Request.State) -> Instant {
        switch state {
        case .waiting, .granted: min(queueTimeoutAt, deadlineAt)
        case .started: min(execTimeoutAt, deadlineAt)
        }
    }

    /// What has expired by now.
    func expiry(in state: Request.State, at now: Instant) -> Code? {
        if deadlineAt <= now { return .deadline }
        switch state {
        case .waiting, .granted: return queueTimeoutAt <= now ? .queueTimeout : nil
        case .started: return execTimeoutAt <= now ? .execTimeout : nil
        }
    }
}

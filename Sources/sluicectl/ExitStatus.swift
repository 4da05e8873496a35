/// What the exit code tells a script; sluicectl(1) documents each.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    /// The daemon refused, the function raised, or the world failed us.
    case failure = 1
    /// The daemon does not run, as LSB and systemctl have it.
    case notRunning = 3
    /// There is no such queue, function, worker or request, as systemctl has it.
    case unknown = 4
    /// The words on the command line make no sense: EX_USAGE.
    case usage = 64
    /// The request was rejected and may be accepted later: EX_TEMPFAIL.
    case rejected = 75
    /// Not for this user: EX_NOPERM.
    case notPermitted = 77
    /// The configuration is wrong: EX_CONFIG.
    case configuration = 78
    /// The request expired, as timeout(1) has it.
    case expired = 124
    /// The request was cancelled, as a shell has it after ^C.
    case cancelled = 130
}

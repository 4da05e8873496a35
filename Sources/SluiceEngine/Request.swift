import SluiceModel

/// One accepted request, from admission to its outcome.
///
/// waiting ─granted→ granted ─started→ started ─concluded→ (gone)
///    ↑ └──────────────┴────────────────┴─────concluded→ (gone)
///    └─returned───────┴────────────────┘
struct Request {
    enum State: UInt8 {
        /// In its function's line, or in one of its retries.
        case waiting
        /// In a worker's hand, not begun.
        case granted
        case started
    }

    let id: RequestID
    let client: ClientID
    let number: RequestNumber
    let caller: Caller
    let body: BodyID
    let bytes: Int
    let heldBytes: Int
    let holdsFile: Bool
    let function: Index<Function>
    let enqueuedAt: Instant
    let deadlineAt: Instant
    let execTimeout: Duration?

    var state = State.waiting
    /// Until when it must be started; `distantFuture` once it was.
    var queueTimeoutAt: Instant
    var execTimeoutAt = Instant.distantFuture
    /// The moment its timer is armed for.
    var due = Instant.distantFuture

    /// Whether it has its outcome: the row is free and may soon be another request's.
    var isOver = false
    /// Whether a worker ever began with it.
    var wasStarted = false
    /// How often a worker was given it.
    var attempts = 0
    /// How often its worker died with it alone.
    var charged = 0
    /// Whether a partial result of it reached the client.
    var hasSentChunk = false
    /// Whether its admission was told; not before the turn that took it in has decided.
    var isAnnounced = false
    /// Whether it is in one of its function's retries and not in the line.
    var isRetry = false

    /// Its neighbours in the function's line.
    var previous = Index<Request>.none
    var next = Index<Request>.none

    /// The grant that has it, and where in it.
    var grant = Index<Grant>.none
    var item = 0

    /// What its client wants to know and was last told.
    var watch: Watch?
    /// When it was last told, whether or not it was watched all the time since.
    var toldAt = Instant.distantPast
    var previousWatched = Index<Request>.none
    var nextWatched = Index<Request>.none

    var isWaiting: Bool { state == .waiting }

    /// The next moment at which something about it expires.
    var nextExpiry: Instant {
        switch state {
        case .waiting, .granted: min(queueTimeoutAt, deadlineAt)
        case .started: min(execTimeoutAt, deadlineAt)
        }
    }

    /// What has expired by now.
    func expiry(at now: Instant) -> Code? {
        if deadlineAt <= now { return .deadline }
        switch state {
        case .waiting, .granted: return queueTimeoutAt <= now ? .queueTimeout : nil
        case .started: return execTimeoutAt <= now ? .execTimeout : nil
        }
    }
}

/// The status a client was last sent.
struct Watch {
    var sent: Status?
    var sentAt = Instant.distantPast
}

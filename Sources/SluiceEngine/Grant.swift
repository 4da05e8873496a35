import SluiceModel

/// One batch in one worker's hand. It takes a place of its queue and a slot of its worker until
/// every item is answered, whatever became of the requests meanwhile.
struct Grant {
    struct Item {
        /// The request; none once it has its outcome.
        var request: Index<Request>
        var isStarted = false
        var isAnswered = false
    }

    var id: GrantID
    var isOpen = true
    var worker: Index<Worker>
    var function: Index<Function>
    /// The queue whose place it takes; the function may have moved since.
    var queue: Index<Queue>
    var items: [Item] = []
    /// The devices it runs on, what it reserves of each, and whether it has them for itself.
    var placement = Placement()
    var reserved = 0
    var isExclusive = false
    var unanswered = 0
    /// Unanswered items whose request still has no outcome.
    var live = 0
    /// Unanswered items whose request may still come back; see `Reclaim`.
    var awaited = 0
    /// Whether nothing else may run in the worker beside it.
    var isAlone = false
    var grantedAt: Instant
    var startedAt: Instant?
    /// When a revoked grant counts as hung; `distantFuture` while it is not revoked.
    var hangsAt = Instant.distantFuture
    var isHung = false
    /// Whether every answer so far was a result: only such batches teach how long one takes.
    var isExemplary = true
}

extension GrantID {
    /// Its lower bits say in which row it is, the upper ones count: found without a search, and
    /// good for 5 * 10^11 grants.
    static let rowBits: UInt64 = 24
    static let serialBits: UInt64 = 40
    var row: Int { Int(rawValue & (1 << Self.rowBits - 1)) }
}

import SluiceModel

/// What the client of one request wants to know, and was last told. It stays until the request's
/// end, however often the client changes its mind, so that nobody is told more often for that.
struct Watch {
    let request: Index<Request>
    /// Whether it wants to know at present.
    var isWanted = true
    /// The status it was last sent since it wants to know.
    var sent: Status?
    /// When it was last told, whether or not it wanted to know all the time since.
    var sentAt = Instant.distantPast
    /// Its neighbours in the queue's list.
    fileprivate var previous = Index<Watch>.none
    fileprivate var next = Index<Watch>.none

    init(of request: Index<Request>) { self.request = request }
}

/// The waiting requests of one queue whose clients want rank and ETA, in the order in which they
/// began to wait or came back: a list threaded through the watches, and how far the present round
/// of messages has come.
///
/// When something moves a request ahead, the list is *stale* and a round goes through it, as far
/// as the daemon's budget for the moment allows, and continues the next time.
struct WatchList {
    private(set) var first = Index<Watch>.none
    private(set) var last = Index<Watch>.none
    private(set) var count = 0
    /// Where the round goes on; none between rounds.
    private(set) var cursor = Index<Watch>.none
    /// Whether something changed since the present or last round began.
    var isStale = false
    /// Whether the queue waits in the engine's list of queues with news.
    var isScheduled = false

    mutating func append(_ index: Index<Watch>, in watches: inout Slab<Watch>) {
        watches[index].previous = last
        watches[index].next = .none
        if last.isNone { first = index } else { watches[last].next = index }
        last = index
        count += 1
    }

    mutating func remove(_ index: Index<Watch>, in watches: inout Slab<Watch>) {
        let (previous, next) = (watches[index].previous, watches[index].next)
        if cursor == index { cursor = next }
        if previous.isNone { first = next } else { watches[previous].next = next }
        if next.isNone { last = previous } else { watches[next].previous = previous }
        count -= 1
    }

    /// When the next round may begin.
    private(set) var nextRoundAt = Instant.distantPast

    /// Whether there may be something to tell, now or when the next round may begin.
    var hasNews: Bool { count > 0 && (isStale || !cursor.isNone) }

    /// Begins a round: from now on changes make the list stale anew.
    mutating func beginRound(next: Instant) {
        cursor = first
        isStale = false
        nextRoundAt = next
    }

    /// The next of the round.
    mutating func advance(in watches: borrowing Slab<Watch>) -> Index<Watch>? {
        guard !cursor.isNone else { return nil }
        defer { cursor = watches[cursor].next }
        return cursor
    }
}

import SluiceModel

/// The waiting requests of one queue whose clients want rank and ETA, in the order in which they
/// began to wait or came back: a list threaded through the requests, and how far the present round
/// of messages has come.
///
/// When something moves a request ahead, the list is *stale* and a round goes through it, as far
/// as the daemon's budget for the moment allows, and continues the next time.
struct WatchList {
    private(set) var first = Index<Request>.none
    private(set) var last = Index<Request>.none
    private(set) var count = 0
    /// Where the round goes on; none between rounds.
    private(set) var cursor = Index<Request>.none
    /// Whether something changed since the present or last round began.
    var isStale = false
    /// Whether the queue waits in the engine's list of queues with news.
    var isScheduled = false

    mutating func append(_ index: Index<Request>, in requests: inout Slab<Request>) {
        requests[index].previousWatched = last
        requests[index].nextWatched = .none
        if last.isNone { first = index } else { requests[last].nextWatched = index }
        last = index
        count += 1
    }

    mutating func remove(_ index: Index<Request>, in requests: inout Slab<Request>) {
        let (previous, next) = (requests[index].previousWatched, requests[index].nextWatched)
        if cursor == index { cursor = next }
        if previous.isNone { first = next } else { requests[previous].nextWatched = next }
        if next.isNone { last = previous } else { requests[next].previousWatched = previous }
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

    /// The next request of the round.
    mutating func advance(in requests: Slab<Request>) -> Index<Request>? {
        guard !cursor.isNone else { return nil }
        defer { cursor = requests[cursor].nextWatched }
        return cursor
    }
}

import SluiceModel

/// The waiting requests of one function, oldest first: a list threaded through the requests
/// themselves, so that one can leave from anywhere in O(1).
struct Line {
    private(set) var first = Index<Request>.none
    private(set) var last = Index<Request>.none
    private(set) var count = 0

    mutating func append(_ index: Index<Request>, in requests: inout Slab<Request>) {
        requests[index].previous = last
        requests[index].next = .none
        if last.isNone { first = index } else { requests[last].next = index }
        last = index
        count += 1
    }

    mutating func remove(_ index: Index<Request>, in requests: inout Slab<Request>) {
        let (previous, next) = (requests[index].previous, requests[index].next)
        if previous.isNone { first = next } else { requests[previous].next = next }
        if next.isNone { last = previous } else { requests[next].previous = previous }
        count -= 1
    }

    /// Puts a request where its number belongs, searching from one that is near.
    mutating func insert(
        _ index: Index<Request>, near hint: Index<Request>, in requests: inout Slab<Request>
    ) {
        guard !last.isNone, requests[index].id < requests[last].id else {
            return append(index, in: &requests)
        }
        var next = hint.isNone ? first : hint
        while !next.isNone, requests[next].id < requests[index].id { next = requests[next].next }
        while true {
            let previous = requests[next].previous
            guard !previous.isNone, requests[index].id < requests[previous].id else { break }
            next = previous
        }
        link(index, before: next, in: &requests)
    }

    /// Puts a request back where its number belongs. Everything older in the line was put back
    /// too, so the walk is as long as what workers lost before, not as what waits; and nothing
    /// where what is lost together is put back youngest first.
    mutating func putBack(_ index: Index<Request>, in requests: inout Slab<Request>) {
        var next = first
        while !next.isNone, requests[next].id < requests[index].id { next = requests[next].next }
        guard !next.isNone else { return append(index, in: &requests) }
        link(index, before: next, in: &requests)
    }

    private mutating func link(
        _ index: Index<Request>, before next: Index<Request>, in requests: inout Slab<Request>
    ) {
        let previous = requests[next].previous
        requests[index].previous = previous
        requests[index].next = next
        requests[next].previous = index
        if previous.isNone { first = index } else { requests[previous].next = index }
        count += 1
    }
}

/// Requests whose worker died while it ran them: one of them may have killed it. They run again
/// as a batch of their own, with nothing else in the process, so that if it dies again, fewer
/// are suspected.
struct Retry {
    /// Never empty; in order of number.
    var members: [Index<Request>]
}

import HeapModule
import SluiceModel

/// What is due when, for everything that has a timer.
///
/// A timer is called off by its owner forgetting the moment: an entry whose owner no longer
/// waits for that moment is stale and skipped. Stale entries are swept out when they are the
/// majority, so that a long deadline on a short request costs no memory and amortised O(log n).
struct Deadlines {
    /// Whose timer it is.
    enum Owner: Hashable {
        case request(Index<Request>, RequestID)
        case grant(GrantID)
        case function(Index<Function>)
        case status
        case reclaim
        case device(Index<Device>)
        case store
    }

    private struct Entry: Comparable {
        let moment: Instant
        /// Breaks ties, so that the order of equal moments is the order of arming.
        let serial: UInt64
        let owner: Owner

        static func < (a: Self, b: Self) -> Bool {
            a.moment != b.moment ? a.moment < b.moment : a.serial < b.serial
        }
    }

    private var heap = Heap<Entry>()
    private var armed: UInt64 = 0
    private var stale = 0

    /// Entries kept, stale ones included.
    var count: Int { heap.count }

    /// The earliest moment anybody may be waiting for.
    var earliest: Instant? { heap.min?.moment }

    mutating func arm(_ owner: Owner, at moment: Instant) {
        guard moment < .distantFuture else { return }
        armed += 1
        heap.insert(Entry(moment: moment, serial: armed, owner: owner))
    }

    /// An owner armed for `moment` no longer waits for it.
    mutating func disarm(armedFor moment: Instant) {
        guard moment < .distantFuture else { return }
        stale += 1
    }

    /// The next owner whose moment has come, and the moment; whether it still waits for it is
    /// for the caller to say.
    mutating func popDue(at now: Instant) -> (owner: Owner, moment: Instant)? {
        guard let first = heap.min, first.moment <= now else { return nil }
        heap.removeMin()
        return (first.owner, first.moment)
    }

    /// Drops what nobody waits for: at the head always, so that `earliest` is true, and
    /// everywhere when it is the majority.
    mutating func sweep(isAwaited: (Owner, Instant) -> Bool) {
        if stale >= 64, stale * 2 > heap.count {
            heap = Heap(heap.unordered.filter { isAwaited($0.owner, $0.moment) })
            stale = 0
        }
        while let first = heap.min, !isAwaited(first.owner, first.moment) {
            heap.removeMin()
            stale = max(0, stale - 1)
        }
    }
}

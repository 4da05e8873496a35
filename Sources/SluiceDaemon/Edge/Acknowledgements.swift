import SluiceModel

/// What a worker may forget, until it is told: answers that their clients have.
///
/// The items of a batch are mostly acknowledged together, and then one word does for all of them,
/// however many there are.
struct Acknowledgements {
    private var pending: [(grant: GrantID, item: UInt16)] = []
    /// Items of each grant that are not acknowledged yet, and whether all of them are there to be
    /// said in one word.
    private var grants: [GrantID: (count: Int, left: Int)] = [:]
    /// Bits of items, to find one that comes twice.
    private var seen: [UInt64] = []

    var isEmpty: Bool { pending.isEmpty }

    /// The worker was given a grant.
    mutating func open(_ grant: GrantID, count: Int) { grants[grant] = (count, count) }

    /// Nothing of the grant needs to be said any more.
    mutating func close(_ grant: GrantID) { grants[grant] = nil }

    mutating func add(_ item: Int, of grant: GrantID) {
        pending.append((grant, UInt16(clamping: item)))
    }

    /// Says what is pending: a grant, and an item or nil for all of it.
    mutating func drain(_ say: (GrantID, Int?) -> Void) {
        var position = 0
        while position < pending.count {
            let grant = pending[position].grant
            let end = pending[position...].firstIndex { $0.grant != grant } ?? pending.count
            let run = end - position
            // Of a grant of an earlier connection, or an earlier daemon, nothing is known.
            let known = grants[grant]
            if let known, run == known.count, isWhole(pending[position..<end]) {
                say(grant, nil)
            } else {
                for index in position..<end { say(grant, Int(pending[index].item)) }
            }
            if let known {
                let left = known.left - run
                grants[grant] = left > 0 ? (known.count, left) : nil
            }
            position = end
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Whether so many items are the whole batch: a worker may repeat an answer, or answer what it
    /// was not given, and what it did not answer is not to be acknowledged for that.
    private mutating func isWhole(_ items: ArraySlice<(grant: GrantID, item: UInt16)>) -> Bool {
        for word in seen.indices { seen[word] = 0 }
        for (_, item) in items {
            guard item < items.count else { return false }
            let word = Int(item >> 6)
            while seen.count <= word { seen.append(0) }
            guard seen[word] & 1 << (item & 63) == 0 else { return false }
            seen[word] |= 1 << (item & 63)
        }
        return true
    }
}

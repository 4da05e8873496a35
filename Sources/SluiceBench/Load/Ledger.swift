import SluiceModel

/// The requests that are out, so that one that is lost, answered twice or never asked is noticed.
///
/// An id is a slot and how often that slot was used before: it tells a late answer from the next
/// request's, and a table of a million is an array.
public struct Ledger {
    private struct Slot {
        var uses: UInt32 = 0
        var isOpen = false
        var intended = Instant(nanoseconds: 0)
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    /// Requests without an answer.
    public var open: Int { slots.count - free.count }

    public init() {}

    /// The slot that an id names.
    public static func slot(of id: UInt64) -> Int { Int(UInt32(truncatingIfNeeded: id)) }

    /// A new id, of a request that should have been sent at a moment.
    public mutating func issue(intended: Instant) -> UInt64 {
        let index: UInt32
        if let last = free.popLast() {
            index = last
        } else {
            index = UInt32(slots.count)
            slots.append(Slot())
        }
        slots[Int(index)].isOpen = true
        slots[Int(index)].intended = intended
        return UInt64(slots[Int(index)].uses) << 32 | UInt64(index)
    }

    /// Takes in the answer to a request, and says when that should have been sent.
    public mutating func settle(_ id: UInt64) throws(Mismatch) -> Instant {
        let index = Self.slot(of: id)
        let uses = UInt32(truncatingIfNeeded: id >> 32)
        guard slots.indices.contains(index), uses <= slots[index].uses else { throw .unasked(id) }
        guard uses == slots[index].uses else { throw .doubled(id) }
        // Not used any more since it became free.
        guard slots[index].isOpen else { throw .unasked(id) }
        slots[index].isOpen = false
        slots[index].uses &+= 1
        free.append(UInt32(index))
        return slots[index].intended
    }
}

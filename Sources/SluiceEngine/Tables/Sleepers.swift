import SluiceModel

/// The functions whose line waits for a worker with room, and for nothing else: the number of the
/// head of each line as it was when every worker was full.
///
/// A worker that has room again looks for the oldest among all it serves, which may be hundreds.
/// So the numbers lie side by side, without the rows that they are about: eight of them are in a
/// cache line. They may be out of date; who is woken in vain competes for nothing.
struct Sleepers {
    private var heads: [UInt64] = []

    private static let awake = UInt64.max

    /// A function is new, maybe in the row of a forgotten one.
    mutating func makeRoom(for function: Index<Function>) {
        while heads.count <= function.offset { heads.append(Self.awake) }
        wake(function)
    }

    @inline(__always)
    mutating func sleep(_ function: Index<Function>, since head: RequestID) {
        heads[Int(function.offset)] = head.rawValue
    }

    @inline(__always)
    mutating func wake(_ function: Index<Function>) { heads[Int(function.offset)] = Self.awake }

    /// The one of these that has slept the longest, of those whose head is younger than a given.
    func oldest(
        of functions: [Index<Function>], after last: RequestID
    ) -> (function: Index<Function>, head: RequestID)? {
        var oldest = Self.awake
        var found = Index<Function>.none
        for function in functions {
            let head = heads[Int(function.offset)]
            guard head < oldest, head > last.rawValue else { continue }
            (oldest, found) = (head, function)
        }
        return found.isNone ? nil : (found, RequestID(rawValue: oldest))
    }
}

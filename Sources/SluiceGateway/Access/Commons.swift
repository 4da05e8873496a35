/// Something that all share, and of which nobody may have too much: bytes, connections, sessions.
///
/// A holder may have as much as stays free for others. Alone it gets half, each of n an (n + 1)th,
/// and whoever comes next finds some; so no number has to be set for a share. It is the dynamic
/// threshold by which switches share their buffers, with the factor 1: Choudhury and Hahne,
/// "Dynamic queue length thresholds for shared-memory packet switches", 1998.
public struct Commons<Sharer: Hashable & Sendable>: Hashable, Sendable {
    public let limit: Int
    /// By all.
    public private(set) var used = 0
    private var parts: [Sharer: Int] = [:]

    public init(limit: Int) { self.limit = limit }

    /// What somebody has of it.
    public func part(of sharer: Sharer) -> Int { parts[sharer, default: 0] }

    /// What all others leave and the rule allows somebody to have in all, if nobody else takes any.
    public func most(for sharer: Sharer) -> Int { (limit - used + part(of: sharer)) / 2 }

    /// Takes so much for somebody.
    ///
    /// - Returns: false where that is more than it may have; then it has what it had.
    public mutating func take(_ amount: Int, for sharer: Sharer) -> Bool {
        precondition(amount >= 0, "to give something back there is giveBack")
        guard amount > 0 else { return true }
        let part = part(of: sharer)
        guard amount <= most(for: sharer) - part else { return false }
        parts[sharer] = part + amount
        used += amount
        return true
    }

    /// Counts for somebody what it has whether it may or not: others wait until it is less.
    public mutating func charge(_ amount: Int, to sharer: Sharer) {
        precondition(amount >= 0, "to give something back there is giveBack")
        guard amount > 0 else { return }
        parts[sharer, default: 0] += amount
        used += amount
    }

    public mutating func giveBack(_ amount: Int, of sharer: Sharer) {
        let part = part(of: sharer)
        precondition(0...part ~= amount, "more is given back than was taken")
        parts[sharer] = part > amount ? part - amount : nil
        used -= amount
    }
}

/// Keys in the order of their last use: each step takes the same time, however many there are.
struct UseOrder<Key: Hashable & Sendable>: Sendable {
    private struct Neighbours: Sendable {
        var older: Key?
        var newer: Key?
    }

    private var neighbours: [Key: Neighbours] = [:]
    /// Whose last use was longest ago.
    private(set) var oldest: Key?
    private var newest: Key?

    /// It is used now, be it for the first time.
    mutating func use(_ key: Key) {
        guard key != newest else { return }
        remove(key)
        neighbours[key] = Neighbours(older: newest)
        if let newest { neighbours[newest]?.newer = key }
        newest = key
        oldest = oldest ?? key
    }

    mutating func remove(_ key: Key) {
        guard let one = neighbours.removeValue(forKey: key) else { return }
        if let older = one.older {
            neighbours[older]?.newer = one.newer
        } else {
            oldest = one.newer
        }
        if let newer = one.newer {
            neighbours[newer]?.older = one.older
        } else {
            newest = one.older
        }
    }
}

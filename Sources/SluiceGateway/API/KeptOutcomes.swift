/// Which requests have ended and are kept for who asks for them yet, by whom they count for.
///
/// Where they are too many or too large, whoever keeps most loses its oldest: so much that a flood
/// of quick requests is at the cost of whoever makes it, and a result that another has not fetched
/// yet stays. What somebody listens to stays in any case.
struct KeptOutcomes: Sendable {
    typealias Key = RequestTable.Key

    /// How many there may be, and bytes of their results.
    struct Bounds: Sendable {
        var outcomes = GatewayLimits.keptOutcomes
        var bytes = GatewayLimits.keptBytes
    }

    private struct Entry {
        var key: Key
        var at: ContinuousClock.Instant
        var bytes: Int
        /// Bytes that its log can spare.
        var events: Int
    }

    /// What one holder keeps.
    private struct Pile {
        /// In the order in which they ended.
        var entries: [Entry] = []
        var outcomes = 0
        var bytes = 0
        var events = 0
    }

    private let bounds: Bounds
    private var piles: [Holder: Pile] = [:]
    private var all = Pile()
    /// Bytes beyond which results are discarded: more than the bound where some are listened to,
    /// so that it is not tried again with each.
    private var mostBytes: Int
    /// Counts what may make a difference to whose logs can spare something.
    private(set) var changes: UInt64 = 0

    init(_ bounds: Bounds) {
        self.bounds = bounds
        mostBytes = bounds.bytes
    }

    /// Bytes that logs can spare.
    var events: Int { all.events }

    func events(of holder: Holder) -> Int { piles[holder]?.events ?? 0 }

    /// Those who keep anything.
    var holders: some Sequence<Holder> { piles.keys }

    mutating func add(
        _ key: Key, of holder: Holder, bytes: Int, events: Int, at now: ContinuousClock.Instant
    ) {
        var pile = piles.removeValue(forKey: holder) ?? Pile()
        pile.entries.append(Entry(key: key, at: now, bytes: bytes, events: events))
        count(1, bytes, events, of: &pile)
        piles[holder] = pile
        changes += 1
    }

    private mutating func count(_ outcomes: Int, _ bytes: Int, _ events: Int, of pile: inout Pile) {
        (pile.outcomes, all.outcomes) = (pile.outcomes + outcomes, all.outcomes + outcomes)
        (pile.bytes, all.bytes) = (pile.bytes + bytes, all.bytes + bytes)
        (pile.events, all.events) = (pile.events + events, all.events + events)
        if all.bytes <= bounds.bytes { mostBytes = bounds.bytes }
    }

    /// Takes out one that is forgotten for another reason; it has ended a moment ago.
    mutating func remove(_ key: Key, of holder: Holder) {
        guard var pile = piles[holder],
            let index = pile.entries.lastIndex(where: { $0.key == key })
        else { return }
        piles[holder] = nil
        let entry = pile.entries.remove(at: index)
        count(-1, -entry.bytes, -entry.events, of: &pile)
        if !pile.entries.isEmpty { piles[holder] = pile }
    }

    // MARK: Who goes

    /// Takes out those that ended before some time.
    ///
    /// - Parameter known: the requests; those that have listeners stay.
    mutating func expire(
        before time: ContinuousClock.Instant, among known: [Key: KnownRequest]
    ) -> [Key] {
        Array(piles.keys).flatMap { holder in
            take(from: holder, among: known) { _, entry in entry.at <= time }
        }
    }

    /// Takes out the oldest of one holder.
    mutating func oldest(
        _ count: Int, of holder: Holder, among known: [Key: KnownRequest]
    ) -> [Key] {
        let left = (piles[holder]?.outcomes ?? 0) - count
        return take(from: holder, among: known) { pile, _ in pile.outcomes > left }
    }

    /// Takes out what is too much, and a little more, so that it is not done for each that ends.
    ///
    /// - Parameter last: the one that ended last, which stays, however large it is: its caller is
    ///   about to take it.
    mutating func shed(sparing last: Key, among known: [Key: KnownRequest]) -> [Key] {
        var gone: [Key] = []
        if all.outcomes > bounds.outcomes {
            let excess = all.outcomes - bounds.outcomes + bounds.outcomes / 16
            gone += shed(excess, \.outcomes, sparing: last, among: known)
        }
        if all.bytes > mostBytes {
            let excess = all.bytes - bounds.bytes + bounds.bytes / 16
            gone += shed(excess, \.bytes, sparing: last, among: known)
            mostBytes = max(bounds.bytes, all.bytes + bounds.bytes / 16)
        }
        return gone
    }

    private mutating func shed(
        _ excess: Int, _ amount: KeyPath<Pile, Int>, sparing last: Key,
        among known: [Key: KnownRequest]
    ) -> [Key] {
        let level = Self.level(piles.values.map { $0[keyPath: amount] }, without: excess)
        let rich = piles.filter { $0.value[keyPath: amount] > level }.map(\.key)
        return rich.flatMap { holder in
            take(from: holder, sparing: last, among: known) { pile, _ in
                pile[keyPath: amount] > level
            }
        }
    }

    /// How much everybody may keep at most, so that so much goes in all.
    static func level(_ amounts: [Int], without excess: Int) -> Int {
        var sum = 0
        let amounts = amounts.sorted(by: >)
        for (index, amount) in amounts.enumerated() {
            sum += amount
            let level = (sum - excess) / (index + 1)
            if sum >= excess, index + 1 == amounts.count || level >= amounts[index + 1] {
                return level
            }
        }
        return 0
    }

    /// Takes out the oldest that nobody listens to, as long as `isTooMuch`.
    private mutating func take(
        from holder: Holder, sparing last: Key? = nil, among known: [Key: KnownRequest],
        while isTooMuch: (Pile, Entry) -> Bool
    ) -> [Key] {
        // Taken out, so that it is not copied.
        guard var pile = piles.removeValue(forKey: holder) else { return [] }
        var gone: [Key] = []
        var left: [Entry] = []
        var place = 0
        while place < pile.entries.count, isTooMuch(pile, pile.entries[place]) {
            let entry = pile.entries[place]
            place += 1
            guard entry.key != last, known[entry.key]?.listeners == 0 else {
                left.append(entry)
                continue
            }
            count(-1, -entry.bytes, -entry.events, of: &pile)
            gone.append(entry.key)
        }
        pile.entries.replaceSubrange(..<place, with: left)
        if !pile.entries.isEmpty { piles[holder] = pile }
        return gone
    }

    // MARK: Logs

    /// Names those of one holder whose logs shall spare what they can, the oldest first, until it
    /// is so much. Each is named once; one that is listened to just now is passed over for good.
    mutating func thin(
        _ bytes: Int, of holder: Holder, among known: [Key: KnownRequest]
    ) -> [Key] {
        guard var pile = piles.removeValue(forKey: holder) else { return [] }
        defer { piles[holder] = pile }
        var thinned: [Key] = []
        var freed = 0
        for place in pile.entries.indices where pile.entries[place].events > 0 {
            guard freed < bytes else { break }
            let entry = pile.entries[place]
            pile.entries[place].events = 0
            count(0, 0, -entry.events, of: &pile)
            guard known[entry.key]?.listeners == 0 else { continue }
            freed += entry.events
            thinned.append(entry.key)
        }
        return thinned
    }
}

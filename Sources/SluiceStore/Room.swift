/// How much of `max_stored_bytes` is taken, kept along within a transaction.
///
/// What something will take is estimated from above, so that what was let in has room. New work
/// leaves one sixteenth free, in which those that run can end, and results leave a quarter of that
/// to what ends with none.
struct Room {
    private let limit: Int
    private var used: Int

    init(used: Int, limit: Int) {
        self.used = used
        self.limit = max(limit, StoreLimits.leastStoredBytes)
    }

    enum Purpose { case newWork, result, outcome }

    /// Takes room for a row with these bytes; false: there is none.
    mutating func claim(_ bytes: Int, for purpose: Purpose) -> Bool {
        let bound =
            switch purpose {
            case .newWork: limit - limit / 16
            case .result: limit - limit / 64
            case .outcome: limit
            }
        let cost = Self.cost(bytes)
        guard used + cost <= bound else { return false }
        used += cost
        return true
    }

    /// Bytes were deleted.
    mutating func give(_ bytes: Int) { used = max(0, used - bytes) }

    /// A row and its entries in the indices; whole pages for bytes that do not fit beside others,
    /// and what the file notes about each page.
    private static func cost(_ bytes: Int) -> Int {
        1024 + bytes + bytes / 256 + (bytes > 1024 ? 4096 : 0)
    }
}

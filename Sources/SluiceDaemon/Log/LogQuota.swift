import SluiceModel

/// How much peers may make us log: a few messages of each kind in a period, and then their number.
///
/// Without it a stranger who connects and says nonsense, thousands of times a second, fills the
/// journal, and the journal's own limit would then drop what operators did, too.
struct LogQuota {
    static let lines = 20
    static let period = Duration.seconds(60)

    private struct Account {
        let endsAt: Instant
        var lines = 0
        var leftOut = 0
    }

    /// Of kinds that came in the last period.
    private var accounts: [MessageID: Account] = [:]
    /// When the first period is over. This is looked at in every turn.
    private var nextEnd = Instant.distantFuture
    /// When what was left out is to be told; nil: nothing was.
    private(set) var nextDeadline: Instant?

    /// Whether a message may be logged now; one that may not is counted. Call `takeLeftOut`
    /// before.
    mutating func admits(_ id: MessageID, at now: Instant) -> Bool {
        var account = accounts[id] ?? Account(endsAt: now + Self.period)
        nextEnd = min(nextEnd, account.endsAt)
        defer { accounts[id] = account }
        if account.lines < Self.lines {
            account.lines += 1
            return true
        }
        account.leftOut += 1
        nextDeadline = nextDeadline.map { min($0, account.endsAt) } ?? account.endsAt
        return false
    }

    /// Ends the periods that are over and says how many messages of each kind they left out.
    mutating func takeLeftOut(at now: Instant) -> [(id: MessageID, count: Int)] {
        guard nextEnd <= now else { return [] }
        let over = accounts.filter { $0.value.endsAt <= now }
        for id in over.keys { accounts[id] = nil }
        nextEnd = accounts.values.map(\.endsAt).min() ?? .distantFuture
        nextDeadline = accounts.values.filter { $0.leftOut > 0 }.map(\.endsAt).min()
        return over.filter { $0.value.leftOut > 0 }.map { ($0.key, $0.value.leftOut) }
            .sorted { $0.id.rawValue < $1.id.rawValue }
    }
}

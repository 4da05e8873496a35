import SluiceGateway
import Synchronization

/// A bound that all share, as tasks share it.
final class Budget: Sendable {
    /// What those are told who get none of what no answer gives back.
    struct Words: Sendable {
        var code: String
        var advice: String
        var retryAfter: Duration
    }

    /// What there is so much of, for those who get none: "bytes of bodies".
    let what: String
    private let words: Words?
    private let commons: Mutex<Commons<Holder>>

    /// - Parameter words: nil: an answer gives it back.
    init(_ limit: Int, _ what: String, _ words: Words? = nil) {
        self.what = what
        self.words = words
        commons = Mutex(Commons(limit: limit))
    }

    /// Of all.
    var used: Int { commons.withLock { $0.used } }

    /// Takes so much, until the claim is gone.
    ///
    /// - Throws: `Refusal`, where that is more than there is for the holder.
    func claim(_ amount: Int, for holder: Holder) throws(Refusal) -> Claim {
        let claim = claim(for: holder)
        try claim.grow(by: amount)
        return claim
    }

    /// Nothing yet, of what grows as it comes.
    func claim(for holder: Holder) -> Claim { Claim(of: self, for: holder) }

    fileprivate func take(_ amount: Int, for holder: Holder) throws(Refusal) {
        let (isTaken, part, limit) = commons.withLock {
            ($0.take(amount, for: holder), $0.part(of: holder), $0.limit)
        }
        guard !isTaken else { return }
        if let words {
            throw Refusal(
                part > 0 ? 429 : 503, words.code,
                "of the gateway's \(limit) \(what) others leave you no more: \(words.advice)",
                retryAfter: words.retryAfter)
        }
        guard part > 0 else {
            throw Refusal(
                503, "gateway_busy",
                "the gateway has \(limit) \(what) for all, and too few are left: try again soon",
                retryAfter: .seconds(1))
        }
        throw Refusal(
            429, "over_share",
            "\(part) of the gateway's \(limit) \(what) are yours, and others leave you no "
                + "more: wait for an answer before you ask again", retryAfter: .seconds(1))
    }

    fileprivate func giveBack(_ amount: Int, of holder: Holder) {
        commons.withLock { $0.giveBack(amount, of: holder) }
    }
}

/// A part of a budget, which is given back when nobody holds the claim any more.
final class Claim: Sendable {
    private let budget: Budget
    private let holder: Holder
    private let amount = Atomic<Int>(0)

    fileprivate init(of budget: Budget, for holder: Holder) {
        self.budget = budget
        self.holder = holder
    }

    deinit { giveBack() }

    /// Takes so much more.
    func grow(by more: Int) throws(Refusal) {
        try budget.take(more, for: holder)
        amount.add(more, ordering: .relaxed)
    }

    /// Is for so many bytes from now on, or for about that: what an answer may have uncounted is no
    /// difference. Not for two to do at once.
    func change(to bytes: Int) throws(Refusal) {
        let more = bytes - amount.load(ordering: .relaxed)
        guard more.magnitude > GatewayLimits.slice else { return }
        guard more < 0 else { return try grow(by: more) }
        amount.subtract(-more, ordering: .relaxed)
        budget.giveBack(-more, of: holder)
    }

    /// Gives all back, before the claim goes.
    func giveBack() {
        let taken = amount.exchange(0, ordering: .relaxed)
        guard taken > 0 else { return }
        budget.giveBack(taken, of: holder)
    }
}

/// How long the daemon has been away, and when it is looked for again. The clock is the caller's.
///
/// It counts as away until something was heard of it beyond WELCOME: one that dies as soon as it is
/// up is looked for at longer and longer pauses, too.
struct Absence {
    private var beganAt: ContinuousClock.Instant?
    /// Before the next look, but the first one, which is at once.
    private var pause: Duration?

    static let firstPause = Duration.milliseconds(8)
    static let longestPause = Duration.milliseconds(250)
    /// A daemon that starts makes its socket first, and opens it to others then.
    static let untilOpen = Duration.seconds(2)

    mutating func begin(at now: ContinuousClock.Instant) {
        if beganAt == nil { beganAt = now }
    }

    mutating func end() { self = Absence() }

    func time(at now: ContinuousClock.Instant) -> Duration { beganAt.map { now - $0 } ?? .zero }

    /// What is left of a limit; nil: there is none.
    func rest(of limit: Duration?, at now: ContinuousClock.Instant) -> Duration? {
        limit.map { max(.zero, $0 - time(at: now)) }
    }

    /// - Parameter jitter: about 1, so that the many who wait do not come all at once.
    mutating func nextPause(jitter: Double) -> Duration {
        guard let pause else {
            self.pause = Self.firstPause
            return .zero
        }
        self.pause = min(pause * 2, Self.longestPause)
        return min(pause * jitter, Self.longestPause)
    }
}

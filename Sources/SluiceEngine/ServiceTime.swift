import SluiceModel

/// How long a batch of a function takes: `perItem · n + fixed`, fitted by least squares over the
/// batches seen, where a batch counts half as much as one 50 later.
///
/// The sums decay instead of a window sliding, so the fit is O(1) in time and memory. While all
/// batches had the same size the slope cannot be told from the constant, and the mean stands for
/// both. A declared `expected_duration` stands until the first batch was seen.
public struct ServiceTime: Hashable, Sendable {
    private static let decay = 0.986_232_704_493  // 0.5 to the power of 1/50

    private var weight = 0.0
    private var n = 0.0
    private var nn = 0.0
    private var t = 0.0
    private var nt = 0.0
    private var squaredError = 0.0
    /// Batches seen.
    public private(set) var batches = 0

    public init() {}

    /// Goes on with sums that were kept; nil where no batches make such sums, and nothing could be
    /// foretold from them.
    init?(_ learned: Learned) {
        weight = learned.weight
        (n, nn, t, nt) = (learned.n, learned.nn, learned.t, learned.nt)
        (squaredError, batches) = (learned.squaredError, learned.batches)
        guard isPossible else { return nil }
    }

    /// The sums, to be kept beside the ceiling of batches.
    func learned(_ ceiling: Int?) -> Learned {
        var learned = Learned()
        learned.weight = weight
        (learned.n, learned.nn, learned.t, learned.nt) = (n, nn, t, nt)
        (learned.squaredError, learned.batches) = (squaredError, batches)
        learned.batchCeiling = ceiling
        return learned
    }

    /// Whether some batches have these sums. Each comparison is false of what is not a number.
    private var isPossible: Bool {
        let slack = 1 + 1e-6
        let most = Double(Limits.batchSize) * slack
        let longest = Double(Limits.durationSeconds)
        return batches >= 1 && batches < 1 << 53
            // The latest batch weighs 1, and so many together cannot weigh more.
            && weight >= 1 && weight <= min(Double(batches), 1 / (1 - Self.decay)) * slack
            && n * slack >= weight && n <= weight * most
            && nn * slack >= n && nn <= n * most && weight * nn * slack >= n * n
            && t >= 0 && t <= weight * longest
            && nt * slack >= t && nt <= t * most
            && squaredError >= 0 && squaredError <= weight * longest * longest
    }

    /// Takes in a batch of `count` items that took so many seconds.
    mutating func add(count: Int, seconds: Double) {
        let items = Double(count)
        if batches > 0 {
            let error = seconds - predicted(items)
            squaredError = squaredError * Self.decay + error * error
        }
        weight = weight * Self.decay + 1
        n = n * Self.decay + items
        nn = nn * Self.decay + items * items
        t = t * Self.decay + seconds
        nt = nt * Self.decay + items * seconds
        batches += 1
    }

    /// Seconds one batch of so many is expected to take, and the variance of that; nil where
    /// neither experience nor `prior` says anything.
    func prediction(count: Int, prior: Duration?) -> (seconds: Double, variance: Double)? {
        guard batches > 0 else {
            // A declared figure is a guess: take it to be right within about a third.
            guard let guess = prior?.inSeconds else { return nil }
            return (guess, guess * guess / 9)
        }
        let seconds = predicted(Double(count))
        // With a single batch seen there is no error yet to learn from; assume a third again.
        let variance = batches > 1 ? squaredError / max(weight - 1, 1) : seconds * seconds / 9
        return (seconds, variance)
    }

    private func predicted(_ items: Double) -> Double {
        let fit = fit
        return fit.perItem * items + fit.fixed
    }

    /// Seconds that every item adds to a batch, and those that a batch takes besides.
    public var fit: (perItem: Double, fixed: Double) {
        guard batches > 0 else { return (0, 0) }
        let spread = weight * nn - n * n
        guard spread > 1e-9 * weight * nn else { return (0, t / weight) }
        // Negative parts are noise: a batch is not faster for being larger, nor started early.
        let perItem = max(0, (weight * nt - n * t) / spread)
        let fixed = (t - perItem * n) / weight
        return fixed >= 0 ? (perItem, fixed) : (nt / nn, 0)
    }
}

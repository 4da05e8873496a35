import SluiceModel

/// What was counted of a function since it became known, for who watches over months: a scraper
/// takes the difference of two looks, so nothing here ever falls.
///
/// `Pace` says how things are of late, and forgets.
struct Tally {
    /// Until a worker first began with a request, in nanoseconds.
    var waits = Distribution()
    /// From when a worker began with a batch until its place was free, in nanoseconds.
    var runs = Distribution()
    /// Requests of each batch, as it was granted.
    var batchSizes = Distribution()
    var completed = 0
    /// All other ends of requests that were accepted.
    var troubles: [Code: Int] = [:]
    /// Workers that died with a batch of it in hand.
    var deaths = 0

    /// Counts the outcome of a request that was accepted; what was not is counted for the daemon,
    /// where also those are that name no function.
    mutating func count(_ code: Code) {
        if case .ok = code {
            completed += 1
        } else if code.outcome != .rejected {
            troubles[code, default: 0] += 1
        }
    }

    mutating func addWait(_ nanoseconds: Int64) {
        waits.add(nanoseconds, below: Self.durationBounds)
    }

    mutating func addRun(_ nanoseconds: Int64) { runs.add(nanoseconds, below: Self.durationBounds) }

    mutating func addBatch(of size: Int) { batchSizes.add(Int64(size), below: Self.sizeBounds) }

    /// The upper bounds of buckets, each of which takes in its bound; one more has no bound.
    /// They stay the same: what was kept of old ones could not be compared.
    static let durationBounds: [Int64] = [
        1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000,
        300_000,
    ].map { $0 * 1_000_000 }
    static let sizeBounds: [Int64] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
}

/// How often a value fell into which bucket.
struct Distribution {
    /// Empty until the first value: many a function never sees one.
    private(set) var counts: [Int] = []
    private(set) var sum = 0.0

    mutating func add(_ value: Int64, below bounds: [Int64]) {
        if counts.isEmpty { counts = Array(repeating: 0, count: bounds.count + 1) }
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += Double(value)
    }
}

/// Workers that came and went since the daemon began.
struct Turnover {
    var attached = 0
    /// With work in hand.
    var lost = 0
    var hung = 0
}

/// How often a value was in which bucket, and all values together.
public struct DistributionView: Hashable, Sendable {
    /// One for each bound, of values at most that large and above the bound before, and one for
    /// those above all. Empty where there was no value.
    public var counts: [Int]
    /// Durations in seconds.
    public var sum: Double
}

public struct TallyView: Hashable, Sendable {
    public var function: String
    public var queue: String
    public var waits: DistributionView
    public var runs: DistributionView
    public var batchSizes: DistributionView
    /// How many requests that were accepted ended with each code.
    public var outcomes: [Code: Int]
    public var workerDeaths: Int

    /// Seconds.
    public static let durationBounds = Tally.durationBounds.map { Double($0) / 1e9 }
    public static let sizeBounds = Tally.sizeBounds.map { Double($0) }
}

public struct TurnoverView: Hashable, Sendable {
    /// How many requests were not accepted, by code.
    public var refusals: [Code: Int]
    public var workersAttached: Int
    public var workersLost: Int
    public var workersHung: Int
}

extension Engine {
    /// What was counted of functions, in order of name: those after a given one, at most so many.
    public func tallyViews(after: String? = nil, limit: Int = .max) -> [TallyView] {
        let asked = functionsByName.filter { entry in after.map { entry.key > $0 } ?? true }
        return asked.sorted { $0.key < $1.key }.prefix(limit).map { name, index in
            let tally = functions[index].tally
            var outcomes = tally.troubles
            if tally.completed > 0 { outcomes[.ok] = tally.completed }
            return TallyView(
                function: name, queue: queues[functions[index].queue].name,
                waits: DistributionView(tally.waits, unit: 1e9),
                runs: DistributionView(tally.runs, unit: 1e9),
                batchSizes: DistributionView(tally.batchSizes, unit: 1), outcomes: outcomes,
                workerDeaths: tally.deaths)
        }
    }

    /// What was counted for all of them.
    public func turnoverView() -> TurnoverView {
        TurnoverView(
            refusals: troubles.filter { $0.key.outcome == .rejected },
            workersAttached: turnover.attached, workersLost: turnover.lost,
            workersHung: turnover.hung)
    }

    /// A batch that was begun is over.
    mutating func countRun(of grant: Index<Grant>, at now: Instant) {
        guard let start = grants[grant].startedAt else { return }
        functions[grants[grant].function].tally.addRun(now.nanoseconds(since: start))
    }

    /// The outcome of a detached request is known for good, and did not change on its way.
    mutating func count(settled settling: Settling) {
        guard let function = functionsByName[settling.life.function] else { return }
        functions[function].tally.count(settling.conclusion.code)
    }
}

extension DistributionView {
    fileprivate init(_ distribution: Distribution, unit: Double) {
        self.init(counts: distribution.counts, sum: distribution.sum / unit)
    }
}

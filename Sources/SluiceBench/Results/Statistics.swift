/// The middle of some numbers, and how far they lie apart.
public struct Spread: Equatable, Sendable {
    public var median: Double
    public var lowest: Double
    public var highest: Double

    init(median: Double, lowest: Double, highest: Double) {
        self.median = median
        self.lowest = lowest
        self.highest = highest
    }

    /// nil of none.
    public init?(_ numbers: [Double]) {
        let sorted = numbers.filter(\.isFinite).sorted()
        guard let lowest = sorted.first, let highest = sorted.last else { return nil }
        let middle = sorted.count / 2
        median =
            sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        self.lowest = lowest
        self.highest = highest
    }
}

/// All rounds of a setting. Each is a pair that was measured one right after the other: machines
/// drift, so the ratio is taken within a round, and then the median of the ratios, never the ratio
/// of two medians.
public struct Rounds: Sendable {
    public struct Round: Sendable {
        /// nil where there is nothing to compare with.
        public var base: Sample?
        public var own: Sample

        public init(base: Sample?, own: Sample) {
            self.base = base
            self.own = own
        }
    }

    public var all: [Round] = []

    public init(_ all: [Round] = []) { self.all = all }

    public func own(_ metric: Metric) -> Spread? { Spread(all.compactMap { $0.own[metric] }) }

    public func base(_ metric: Metric) -> Spread? { Spread(all.compactMap { $0.base?[metric] }) }

    /// What it is compared with, by itself.
    var bases: Rounds {
        Rounds(all.compactMap { round in round.base.map { Round(base: nil, own: $0) } })
    }

    /// Our part of what it is compared with.
    public func ratio(_ metric: Metric) -> Spread? {
        Spread(
            all.compactMap { round in
                guard let base = round.base?[metric], base > 0 else { return nil }
                return round.own[metric].map { $0 / base }
            })
    }

    /// How much more it is than what it is compared with.
    public func difference(_ metric: Metric) -> Spread? {
        Spread(
            all.compactMap { round in
                guard let base = round.base?[metric] else { return nil }
                return round.own[metric].map { $0 - base }
            })
    }

    /// What became of a metric from another setting's round to this one's, of the same number.
    public func growth(_ metric: Metric, from other: Rounds) -> Spread? {
        Spread(
            zip(other.all, all).compactMap { small, large in
                guard let small = small.own[metric], small > 0 else { return nil }
                return large.own[metric].map { $0 / small }
            })
    }
}

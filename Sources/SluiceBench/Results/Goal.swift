/// What the project wants to reach, held against what was measured.
public struct Goal: Sendable {
    /// What is read from the rounds of a setting.
    enum Measure: Sendable {
        case own(Metric)
        /// Of the relay's in the same round.
        case ratio(Metric)
        /// More than that of the same without batches.
        case difference(Metric)
        /// From a smaller setting to this one.
        case growth(Metric, from: String)
    }

    enum Bound: Sendable {
        case atLeast(Double)
        case atMost(Double)
    }

    public enum Verdict: String, Sendable {
        case met
        case notMet = "not met"
        case unmeasured = "-"
    }

    let setting: String
    let measure: Measure
    let bound: Bound

    init(_ setting: String, _ measure: Measure, _ bound: Bound) {
        self.setting = setting
        self.measure = measure
        self.bound = bound
    }

    /// Whether the middle of the rounds lies within the bound.
    func verdict(on reached: Spread?) -> Verdict {
        guard let reached else { return .unmeasured }
        let isMet =
            switch bound {
            case .atLeast(let least): reached.median >= least
            case .atMost(let most): reached.median <= most
            }
        return isMet ? .met : .notMet
    }

    /// The one of two that is nearer to the goal, or further beyond it.
    func isBetter(_ one: Double, than other: Double) -> Bool {
        switch bound {
        case .atLeast: one > other
        case .atMost: one < other
        }
    }
}

extension Goal {
    /// One binary and the rules of production have to reach all of them.
    static let all: [Goal] =
        [
            Goal("S1", .ratio(.rate), .atLeast(0.85)),
            Goal("S1", .own(.tail), .atMost(2)),
            Goal("S1", .ratio(.cpu), .atMost(1.3)),
            Goal("S1", .own(.syscalls), .atMost(7)),
            Goal("S2", .ratio(.rate), .atLeast(0.60)),
            Goal("S2", .ratio(.cpu), .atMost(1.8)),
            Goal("S2", .own(.syscalls), .atMost(0.4)),
            Goal("S3", .ratio(.rate), .atLeast(0.45)),
            Goal("S3", .ratio(.cpu), .atMost(3)),
            Goal("S3", .own(.syscalls), .atMost(0.1)),
            Goal("S4-reused", .ratio(.rate), .atLeast(3)),
            Goal("S4-reused", .own(.cpu), .atMost(10)),
            Goal("size-256MiB", .own(.cpu), .atMost(10)),
            // What counts as flat: no more than is allowed to grow elsewhere.
            Goal("size-256MiB", .growth(.cpu, from: "size-1KiB"), .atMost(1.2)),
            Goal("S1-batched", .difference(.p50), .atMost(100)),
            Goal("S5-1M", .own(.requestBytes), .atMost(240)),
        ]
        + Setting.growths.flatMap { small, large in
            [.enqueueCPU, .dequeueCPU].map { metric in
                Goal(large, .growth(metric, from: small), .atMost(1.2))
            }
        } + [
            Goal("S6", .own(.waitingConnectionBytes), .atMost(1_000)),
            Goal("idle", .own(.residentBytes), .atMost(16e6)),
            Goal("idle", .own(.wakeups), .atMost(0)),
        ]
}

extension Goal.Measure: CustomStringConvertible {
    var description: String {
        switch self {
        case .own(let metric): metric.label
        case .ratio(let metric): "\(metric.label), of the relay's"
        case .difference(let metric): "\(metric.label), more than without batches"
        case .growth(let metric, let small): "\(metric.label), of that in \(small)"
        }
    }
}

extension Goal.Bound: CustomStringConvertible {
    var description: String {
        switch self {
        case .atLeast(let least): "≥ \(figure(least))"
        case .atMost(let most): "≤ \(figure(most))"
        }
    }
}

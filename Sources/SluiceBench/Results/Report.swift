/// All results of a run, as text or as Markdown.
public struct BenchReport: Sendable {
    /// The rounds of one broker in one setting.
    public struct Result: Sendable {
        public var setting: Setting
        public var broker: BrokerKind
        public var rounds: Rounds

        public init(_ setting: Setting, _ broker: BrokerKind, _ rounds: Rounds = Rounds()) {
            self.setting = setting
            self.broker = broker
            self.rounds = rounds
        }
    }

    /// What it was measured on, a line each.
    public var machine: [String]
    public var results: [Result] = []

    public init(machine: [String]) { self.machine = machine }

    public var text: String {
        let tables = sections.map { "\($0.title)\n\n\($0.table.text)" }
        return ([machine.map { $0 + "\n" }.joined()] + tables).joined(separator: "\n")
    }

    public var markdown: String {
        let tables = sections.map { "## \($0.title)\n\n\($0.about)\n\n\($0.table.markdown)" }
        return ([machine.map { "- \($0)\n" }.joined()] + tables).joined(separator: "\n")
    }

    /// Those of which something was measured.
    private var sections: [Section] {
        [goals, loops, lone, parked, growths, idle].filter { !$0.table.isEmpty }
    }

    func rounds(_ setting: String, _ broker: BrokerKind = .sluice) -> Rounds? {
        results.first { $0.setting.name == setting && $0.broker == broker }?.rounds
    }

    func reached(_ goal: Goal, by broker: BrokerKind = .sluice) -> Spread? {
        guard let rounds = rounds(goal.setting, broker) else { return nil }
        switch goal.measure {
        case .own(let metric): return rounds.own(metric)
        case .ratio(let metric): return rounds.ratio(metric)
        case .difference(let metric): return rounds.difference(metric)
        case .growth(let metric, let small):
            return self.rounds(small, broker).flatMap { rounds.growth(metric, from: $0) }
        }
    }

    /// Who of the others comes nearest to a goal, and how near.
    func bestPeer(at goal: Goal) -> (broker: BrokerKind, median: Double)? {
        BrokerKind.peers
            .compactMap { peer in reached(goal, by: peer).map { (peer, $0.median) } }
            .reduce(nil) { best, next in
                guard let best, !goal.isBetter(next.1, than: best.median) else { return next }
                return best
            }
    }
}

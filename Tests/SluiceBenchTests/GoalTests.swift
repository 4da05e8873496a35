import Testing

@testable import SluiceBench

@Suite("Goals")
struct GoalTests {
    private func report(_ entries: [(String, BrokerKind, [Rounds.Round])]) throws -> BenchReport {
        var report = BenchReport(machine: [])
        for (name, broker, rounds) in entries {
            let setting = try #require(Setting.named(name).first { $0.name == name })
            report.results.append(.init(setting, broker, Rounds(rounds)))
        }
        return report
    }

    private func round(_ metric: Metric, _ own: Double, of base: Double? = nil) -> Rounds.Round {
        Rounds.Round(base: base.map { Sample([metric: $0]) }, own: Sample([metric: own]))
    }

    @Test(
        "The middle of the rounds decides, and the bound itself is within",
        arguments: [
            (.atLeast(0.5), [0.4, 0.5, 0.9], .met), (.atLeast(0.5), [0.4, 0.49, 0.9], .notMet),
            (.atMost(2), [1, 2, 9], .met), (.atMost(2), [1, 2.01, 2], .met),
            (.atMost(2), [2.01, 2.01, 1], .notMet), (.atMost(2), [], .unmeasured),
        ] as [(Goal.Bound, [Double], Goal.Verdict)])
    func verdicts(_ bound: Goal.Bound, _ reached: [Double], _ verdict: Goal.Verdict) {
        #expect(Goal("S1", .own(.cpu), bound).verdict(on: Spread(reached)) == verdict)
    }

    @Test("A goal reads itself, its part of the base, what is more than it, or growth")
    func measures() throws {
        let report = try report([
            ("S1", .sluice, [round(.p50, 30, of: 20)]), ("S2", .sluice, [round(.p50, 45)]),
        ])
        func median(_ setting: String, _ measure: Goal.Measure) -> Double? {
            report.reached(Goal(setting, measure, .atMost(0)))?.median
        }
        #expect(median("S1", .own(.p50)) == 30)
        #expect(median("S1", .ratio(.p50)) == 1.5)
        #expect(median("S1", .difference(.p50)) == 10)
        #expect(median("S2", .growth(.p50, from: "S1")) == 1.5)
        #expect(median("S3", .own(.p50)) == nil)
        #expect(median("S2", .growth(.p50, from: "S3")) == nil)
    }

    @Test("The best peer is the highest where more is better, the lowest where less is")
    func peers() throws {
        let report = try report([
            ("S2", .sluice, [round(.rate, 9, of: 10)]), ("S2", .redis, [round(.rate, 3, of: 10)]),
            ("S2", .nats, [round(.rate, 5, of: 10)]),
        ])
        let most = report.bestPeer(at: Goal("S2", .ratio(.rate), .atLeast(1)))
        #expect(most?.broker == .nats && most?.median == 0.5)
        let least = report.bestPeer(at: Goal("S2", .ratio(.rate), .atMost(1)))
        #expect(least?.broker == .redis && least?.median == 0.3)
        #expect(report.bestPeer(at: Goal("S3", .ratio(.rate), .atLeast(1))) == nil)
    }

    @Test("The table has the goals that were measured, with their verdicts")
    func table() throws {
        let text = try report([("S2", .sluice, [round(.rate, 7, of: 10)])]).markdown
        #expect(
            text.contains("| S2 | requests/s, of the relay's | 0.700 | ≥ 0.600 | met | - |"),
            "\(text)")
        #expect(!text.contains("| S3 |"))
    }

    @Test("Every goal names settings that there are")
    func names() {
        let names = Set(Setting.all.map(\.name))
        for goal in Goal.all {
            #expect(names.contains(goal.setting))
            switch goal.measure {
            case .growth(_, let small): #expect(names.contains(small))
            case .own, .ratio, .difference: continue
            }
        }
    }
}

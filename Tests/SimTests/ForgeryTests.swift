import SluiceSim
import Testing

@Suite("Each rule notices when it is broken")
struct ForgeryTests {
    /// Schedules in which each forgery must find its occasion and be noticed.
    private static let occasions = 3
    private static let seeds: ClosedRange<UInt64> = 20_000...20_400

    @Test("A forged turn is noticed by the rule it breaks", arguments: Forgery.allCases)
    func forgeryIsNoticed(_ forgery: Forgery) {
        var noticed = 0
        for seed in Self.seeds where noticed < Self.occasions {
            guard let verdict = Schedule.run(seed: seed, turns: 100, forging: forgery) else {
                continue
            }
            let rules = verdict.violations.map(\.rule)
            #expect(
                rules.contains(forgery.ruleName),
                "seed \(seed): \(forgery) should break \(forgery.ruleName), found \(rules)")
            noticed += 1
        }
        #expect(noticed == Self.occasions, "\(forgery) found too few occasions")
    }
}

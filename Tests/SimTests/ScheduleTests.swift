import SluiceSim
import Testing

@Suite("The engine keeps the rules whatever happens outside")
struct ScheduleTests {
    /// Seeds of one test; the tests of a suite run beside each other.
    private static let chunk: UInt64 = 100

    /// Most of the seeds run where most can go wrong.
    @Test("No rule is broken", arguments: UInt64(0)..<50)
    func noRuleIsBroken(_ part: UInt64) {
        let editions = World.Edition.allCases
        let edition = part < 20 ? .latest : editions[Int(part) % editions.count]
        for seed in (part * Self.chunk + 1)...((part + 1) * Self.chunk) {
            let verdict = Schedule.run(seed: seed, turns: 100, in: edition)
            #expect(verdict.violations.isEmpty, "\(verdict.story(in: edition))")
            if !verdict.violations.isEmpty { return }
        }
    }

    @Test(
        "A seed makes the same schedule every time: nothing is left to chance",
        arguments: [World.Edition.memory, .detached, .devices])
    func seedsRepeat(_ edition: World.Edition) {
        for seed in UInt64(1)...60 {
            let first = Schedule.run(seed: seed, turns: 100, in: edition)
            let second = Schedule.run(seed: seed, turns: 100, in: edition)
            #expect(first.fingerprint == second.fingerprint, "seed \(seed)")
        }
    }
}

extension Schedule.Verdict {
    /// Everything there is to read about a broken rule, and how to see it again.
    func story(in edition: World.Edition, turns: Int = 100) -> String {
        let again = "again: sluice-sim --seed \(seed) --turns \(turns) --edition \(edition)"
        return (trace + violations.map(\.description) + [again]).joined(separator: "\n")
    }
}

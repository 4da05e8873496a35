import SluiceSim
import Testing

@Suite("The engine keeps the rules whatever happens outside")
struct ScheduleTests {
    /// Seeds of one test; the tests of a suite run beside each other.
    private static let chunk: UInt64 = 100

    @Test("No rule is broken", arguments: UInt64(0)..<60)
    func noRuleIsBroken(_ part: UInt64) {
        for seed in (part * Self.chunk + 1)...((part + 1) * Self.chunk) {
            let verdict = Schedule.run(seed: seed, turns: 100)
            #expect(verdict.violations.isEmpty, "\(verdict.story)")
            if !verdict.violations.isEmpty { return }
        }
    }

    @Test("A seed makes the same schedule every time: nothing is left to chance")
    func seedsRepeat() {
        for seed in UInt64(1)...60 {
            let first = Schedule.run(seed: seed, turns: 100)
            let second = Schedule.run(seed: seed, turns: 100)
            #expect(first.fingerprint == second.fingerprint, "seed \(seed)")
        }
    }
}

extension Schedule.Verdict {
    /// Everything there is to read about a broken rule, and how to see it again.
    var story: String {
        (trace + violations.map(\.description) + ["again: sluice-sim --seed \(seed) --turns 100"])
            .joined(separator: "\n")
    }
}

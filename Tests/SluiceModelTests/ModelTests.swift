import SluiceModel
import Testing

@Suite("Moments and spans")
struct InstantTests {
    @Test("A sum that overflows is beyond all that happens, not before it")
    func saturates() {
        let late = Instant(nanoseconds: .max - 5)
        #expect(late + .nanoseconds(10) == .distantFuture)
        #expect(Instant(nanoseconds: .min + 5) + .nanoseconds(-10) == .distantPast)
        #expect(Instant(nanoseconds: 1) + .seconds(20_000_000_000) == .distantFuture)
    }

    @Test("A difference is a span, clamped to what 64 bits hold")
    func difference() {
        #expect(Instant(nanoseconds: 7) - Instant(nanoseconds: 2) == .nanoseconds(5))
        #expect((Instant(nanoseconds: .max) - Instant(nanoseconds: -5)).nanoseconds == .max)
        #expect((Instant(nanoseconds: .min) - Instant(nanoseconds: 5)).nanoseconds == .min)
    }

    @Test("Durations of any length have nanoseconds")
    func nanoseconds() {
        #expect(Duration.milliseconds(1500).nanoseconds == 1_500_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }

    @Test("An estimate that is no number or negative is no time at all")
    func estimates() {
        #expect(Duration(estimatedSeconds: .nan) == .zero)
        #expect(Duration(estimatedSeconds: -1) == .zero)
        #expect(Duration(estimatedSeconds: .infinity).nanoseconds == .max)
        #expect(Duration(estimatedSeconds: 1.5) == .milliseconds(1500))
    }
}

@Suite("Limits")
struct LimitTests {
    @Test("None is above every number, and lets everything in")
    func none() {
        #expect(Limit.at(1_000_000) < .none)
        #expect(!(Limit.none < .none))
        #expect(Limit.none.allows(oneMoreThan: .max))
        #expect(Limit.none.excess(of: .max) == 0)
    }

    @Test("A number lets so many in, and says by how many it is passed")
    func number() {
        #expect(Limit.at(2).allows(oneMoreThan: 1))
        #expect(!Limit.at(2).allows(oneMoreThan: 2))
        #expect(!Limit.at(0).allows(oneMoreThan: 0))
        #expect(Limit.at(2).excess(of: 5) == 3)
        #expect(Limit.at(2).excess(of: 1) == 0)
    }
}

@Suite("Codes")
struct CodeTests {
    @Test("Every outcome has a code, and a code says its outcome")
    func outcomes() {
        #expect(Set(Code.allCases.map(\.outcome)) == Set(Outcome.allCases))
        #expect(Code.ok.outcome == .completed)
        #expect(Code.queueFull.outcome == .rejected)
    }
}

import SluiceEngine
import SluiceModel

/// One run of the production engine in a world made from a seed, each turn judged by the rules.
/// First everything goes wrong that may, for so many turns; then the trouble ends, and all that
/// was accepted must end too.
public struct Schedule {
    /// What came of it.
    public struct Verdict: Sendable {
        public let seed: UInt64
        public let turns: Int
        public let events: Int
        public let grants: Int
        public let outcomes: Int
        /// Of all effects, so that two runs of a seed can be compared.
        public let fingerprint: UInt64
        /// What the first bad turn broke; empty when all was well.
        public let violations: [Violation]
        /// The turns before it, for reading.
        public let trace: [String]
    }

    /// Turns that everything may take to end once nothing fails any more.
    private static let patience = 4_000
    /// Turns from one look into the engine to the next: counting everything again costs as much
    /// as all the rules, and what is once miscounted stays so.
    private static let inspection = 16

    private let seed: UInt64
    private let turns: Int
    private var world: World
    /// What daemons so far have learned.
    private var learned: [String: Learned] = [:]
    private var book = RuleBook()
    private var trace = Trace(bound: 30)
    private var tamper: Tamper?

    private var taken = 0
    private var counts = (events: 0, grants: 0, outcomes: 0)
    private var fingerprint = Fingerprint()
    private var violations: [Violation] = []
    private var opinions: [String] = []

    /// - Parameters:
    ///   - turns: how long the trouble lasts.
    ///   - tamper: falsifies what the rules are shown, to see whether they notice.
    init(seed: UInt64, turns: Int, tamper: Tamper?, in edition: World.Edition = .latest) {
        self.seed = seed
        self.turns = turns
        self.tamper = tamper
        world = World(seed: seed, edition)
    }

    /// Runs a seed, showing the rules a broken one at the first occasion. Nil where the schedule
    /// gave none.
    public static func run(seed: UInt64, turns: Int = 200, forging forgery: Forgery) -> Verdict? {
        var schedule = Schedule(
            seed: seed, turns: turns, tamper: Tamper(forgery), in: forgery.edition)
        let verdict = schedule.run()
        return schedule.tamper?.isDone == true ? verdict : nil
    }

    /// - Parameter edition: of the world that the seed makes.
    public static func run(
        seed: UInt64, turns: Int = 200, in edition: World.Edition = .latest
    ) -> Verdict {
        var schedule = Schedule(seed: seed, turns: turns, tamper: nil, in: edition)
        return schedule.run()
    }

    mutating func run() -> Verdict {
        var engine = Engine()
        while violations.isEmpty, taken < turns, world.sleep(until: engine.nextDeadline) {
            turn(&engine)
        }
        if violations.isEmpty { settle(&engine) }
        if violations.isEmpty { inspect(engine) }
        return Verdict(
            seed: seed, turns: taken, events: counts.events, grants: counts.grants,
            outcomes: counts.outcomes, fingerprint: fingerprint.value, violations: violations,
            trace: violations.isEmpty ? [] : trace.lines + book.model.summary + opinions)
    }

    private mutating func settle(_ engine: inout Engine) {
        world.settle()
        let last = taken + Self.patience
        while violations.isEmpty, taken < last, world.sleep(until: engine.nextDeadline) {
            turn(&engine)
            world.keepReliable()
            if world.isQuiet, book.model.requests.isEmpty, book.model.grants.isEmpty,
                book.model.detached.isEmpty
            {
                violations += world.forgotten.map { Violation(rule: Lives.name, story: $0) }
                return
            }
        }
        guard violations.isEmpty else { return }
        let left =
            book.model.requests.keys.sorted() + book.model.detached.settling.keys.sorted()
            + book.model.detached.storing.keys.sorted()
        violations.append(
            Violation(rule: "progress", story: "trouble is over, and \(left) never ended"))
    }

    private mutating func turn(_ engine: inout Engine) {
        taken += 1
        var events: [Event] = []
        world.hear(into: &events)
        var effects: [Effect] = []
        engine.turn(events, at: world.now, into: &effects)
        trace.add(taken, at: world.now, events, effects, nextDeadline: engine.nextDeadline)
        count(events, effects, engine.nextDeadline)
        judge(events, effects, nextDeadline: engine.nextDeadline)
        for (function, news) in engine.takeLearned() { learned[function] = news }
        if !violations.isEmpty { explain(engine) }
        if taken % Self.inspection == 0 || !violations.isEmpty { inspect(engine) }
        if world.isRestartDue() { restart(&engine, effects) } else { world.perform(effects) }
        for story in world.takeStories() {
            violations.append(Violation(rule: Lives.name, story: story))
        }
    }

    /// The daemon goes, in peace or killed, and another takes its place.
    private mutating func restart(_ engine: inout Engine, _ effects: [Effect]) {
        let restart = world.restart(
            after: effects, at: engine.lastPlace, leaving: engine.left, having: learned)
        engine = Engine(firstGrant: restart.firstGrant, after: restart.last)
        book = RuleBook(after: restart.last)
    }

    private mutating func inspect(_ engine: borrowing Engine) {
        for broken in engine.brokenInvariants() {
            violations.append(Violation(rule: "invariants", story: broken))
        }
    }

    /// What the engine itself says about who waits, to be read beside the rules.
    private mutating func explain(_ engine: borrowing Engine) {
        for id in book.model.requests.keys.sorted().prefix(60) {
            guard let explanation = engine.explain(id, at: world.now) else { continue }
            opinions.append("engine: \(id) \(explanation.message)")
        }
    }

    private mutating func judge(
        _ events: [Event], _ effects: [Effect], nextDeadline: Instant?
    ) {
        guard tamper != nil else {
            violations += book.judge(events, at: world.now, effects, nextDeadline: nextDeadline)
            return
        }
        var turn = Tamper.Turn(
            now: world.now, events: events, effects: effects, nextDeadline: nextDeadline)
        var honest = book
        _ = honest.judge(events, at: world.now, effects, nextDeadline: nextDeadline)
        // The rules see the forgery once and what follows as it is.
        tamper?.meddle(with: &turn, before: book.model, after: honest.model)
        violations += book.judge(
            turn.events, at: turn.now, turn.effects, nextDeadline: turn.nextDeadline)
    }

    private mutating func count(_ events: [Event], _ effects: [Effect], _ next: Instant?) {
        counts.events += events.count
        for effect in effects {
            fingerprint.mix(effect)
            if case .grant = effect { counts.grants += 1 }
            if effect.conclusion != nil { counts.outcomes += 1 }
        }
        fingerprint.mix(next)
    }
}

import ArgumentParser
import Glibc
import SluiceSim

/// Runs the production engine under many seeds and says which one broke a rule.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-sim",
        abstract: "Run Sluice's engine in made-up worlds and hold it against the design.",
        discussion: """
            Each seed makes a world of clients, workers and an operator in which everything goes \
            wrong that may. The same seed makes the same world, always. Exits 1 if a rule was \
            broken, with the last turns before it and the command that shows them again.
            """)

    @Option(help: "How many seeds to run.")
    var seeds = 1_000

    @Option(help: "The first seed.")
    var first: UInt64 = 1

    @Option(help: "Run this one seed only.")
    var seed: UInt64?

    @Option(help: "Turns until the trouble ends.")
    var turns = 200

    @Option(
        help: """
            What the world has in it: first, reverts, restarts, memory, gateways, detached, each \
            with what those before it have, tightness or devices, each with those, heedless, \
            which has devices, leaving, which has what heedless has, or all, one after the other. \
            A seed makes another world in each.
            """)
    var edition = Choice.one(.latest)

    @Flag(help: "Go on after a broken rule, and print one line for each seed.")
    var verbose = false

    func run() throws {
        let clock = ContinuousClock()
        let start = clock.now
        var failed: [UInt64] = []
        var sum = (turns: 0, events: 0, grants: 0, outcomes: 0)
        let all = seed.map { $0...$0 } ?? first...(first + UInt64(max(1, seeds)) - 1)
        for seed in all {
            let edition = edition.edition(of: seed)
            let verdict = Schedule.run(seed: seed, turns: turns, in: edition)
            sum.turns += verdict.turns
            sum.events += verdict.events
            sum.grants += verdict.grants
            sum.outcomes += verdict.outcomes
            if verbose { tell(verdict.summary) }
            if (seed - all.lowerBound) % 500 == 499 { tell("\(seed - all.lowerBound + 1) seeds") }
            guard !verdict.violations.isEmpty else { continue }
            failed.append(seed)
            report(verdict, in: edition)
            if !verbose { break }
        }
        tell(
            "\(sum.turns) turns, \(sum.events) events, \(sum.grants) grants, "
                + "\(sum.outcomes) outcomes in \(clock.now - start)")
        guard failed.isEmpty else { throw ExitCode(1) }
        print("no rule was broken")
    }

    private func report(_ verdict: Schedule.Verdict, in edition: World.Edition) {
        if !verbose || seed != nil { for line in verdict.trace { print(line) } }
        for violation in verdict.violations { print("seed \(verdict.seed): \(violation)") }
        print("again: sluice-sim --seed \(verdict.seed) --turns \(turns) --edition \(edition)")
    }

    /// Progress goes to standard error, so that what is printed is the result.
    private func tell(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}

/// Which edition a seed runs in.
enum Choice: ExpressibleByArgument {
    case one(World.Edition)
    /// Each in its turn.
    case all

    init?(argument: String) {
        if argument == "all" {
            self = .all
            return
        }
        guard let edition = World.Edition.allCases.first(where: { "\($0)" == argument }) else {
            return nil
        }
        self = .one(edition)
    }

    var defaultValueDescription: String {
        switch self {
        case .one(let edition): "\(edition)"
        case .all: "all"
        }
    }

    func edition(of seed: UInt64) -> World.Edition {
        switch self {
        case .one(let edition): return edition
        case .all:
            let editions = World.Edition.allCases
            return editions[Int(seed % UInt64(editions.count))]
        }
    }
}

extension Schedule.Verdict {
    fileprivate var summary: String {
        "seed \(seed): \(turns) turns, \(events) events, \(grants) grants, \(outcomes) outcomes"
    }
}

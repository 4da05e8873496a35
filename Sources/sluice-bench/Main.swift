import ArgumentParser
import SluiceBench

/// Measures what the daemon itself costs.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-bench",
        abstract: "Measure what sluiced costs, beside the least that a broker can do.",
        discussion: """
            Clients submit, a worker sends the same bytes back, and every answer is held against \
            what was sent. See "Measuring" in CONTRIBUTING.md.
            """,
        subcommands: [RunCommand.self, LoadCommand.self, WorkerCommand.self])
}

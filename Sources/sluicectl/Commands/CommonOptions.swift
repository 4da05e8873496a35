import ArgumentParser
import SluiceClient
import SluiceWire

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print JSON, with null for none, rather than text for people.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Where the daemon's sockets are: default $SLUICE_RUNTIME_DIRECTORY or /run/sluice.",
            valueName: "directory"),
        completion: .directory)
    var runtimeDirectory: String?

    /// Connects to the control socket and asks; every error leaves as a `ToolFailure`.
    func ask<Answer>(
        _ question: (ControlConnection) throws(ClientError) -> Answer
    ) throws(ToolFailure) -> Answer {
        do {
            return try question(try ControlConnection(runtimeDirectory: runtimeDirectory))
        } catch {
            throw ToolFailure(error)
        }
    }
}

/// Names for the shell to complete: from the daemon, and none where it does not run.
enum Completions {
    static let queues = CompletionKind.shellCommand("sluicectl queues --names 2>/dev/null")
    static let functions = CompletionKind.shellCommand("sluicectl functions --names 2>/dev/null")
    static let workers = CompletionKind.shellCommand("sluicectl workers --names 2>/dev/null")
    static let requests = CompletionKind.shellCommand("sluicectl requests --names 2>/dev/null")
}

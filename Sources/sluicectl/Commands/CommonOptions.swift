import ArgumentParser
import Glibc
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

    @Option(
        help: ArgumentHelp(
            "Give up when the daemon does not answer for so long: default 10s, or none.",
            valueName: "duration"))
    var answerTimeout: String?

    var surroundings: Surroundings { .here(runtimeDirectory) }

    /// Connects to the control socket and asks; every error leaves as a `ToolFailure`.
    func ask<Answer>(
        _ question: (ControlConnection) throws(ClientError) -> Answer
    ) throws -> Answer {
        let patience = try patience
        do throws(ClientError) {
            return try question(
                try ControlConnection(runtimeDirectory: runtimeDirectory, patience: patience))
        } catch {
            throw ToolFailure(error, in: surroundings)
        }
    }

    /// Tells a person what is waited for, and does not wait for ever.
    var patience: Patience {
        get throws(InputError) {
            let notice = "sluicectl: \(surroundings.waiting)\n"
            return Patience(limit: try answerLimit(.seconds(10))) { Terminal.complain(notice) }
        }
    }

    /// With a daemon that went while it was at work for us: an upgrade takes longer than an answer.
    var patienceWithAbsence: Patience {
        get throws(InputError) {
            // It may be said over a line of progress.
            let start = isatty(STDERR_FILENO) == 1 ? Terminal.lineStart : ""
            let notice = "\(start)sluicectl: \(surroundings.waitingForReturn)\n"
            return Patience(limit: try answerLimit(.seconds(60))) { Terminal.complain(notice) }
        }
    }

    private func answerLimit(_ standard: Duration) throws(InputError) -> Duration? {
        guard let text = answerTimeout else { return standard }
        guard text != "none" else { return nil }
        guard let seconds = seconds(in: text), seconds > 0 else { throw .badDuration(text) }
        return Duration(estimatedSeconds: seconds)
    }
}

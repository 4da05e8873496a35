import ArgumentParser
import Glibc
import SluiceModel
import SluiceWire

/// Runs the command and turns what went wrong into a sentence and an exit code.
@main
enum Main {
    static func main() {
        do {
            let words = commandFirst(Array(CommandLine.arguments.dropFirst()))
            if let script = completionScript(words) { return Terminal.print(script) }
            try refuseUnknownCommand(words.first)
            var command = try Sluicectl.parseAsRoot(words)
            try command.run()
        } catch let failure as ToolFailure {
            report(failure)
        } catch let error as InputError {
            report(ToolFailure("\(error)", .usage))
        } catch {
            // Help, version, completion scripts and mistakes in the words: the parser's own.
            Sluicectl.exit(withError: error)
        }
    }

    /// With a default command the parser takes a mistyped one for a stray argument of `status`;
    /// say what it is instead.
    private static func refuseUnknownCommand(_ word: String?) throws(InputError) {
        let known = Sluicectl.commands + ["help"]
        guard let word, !word.hasPrefix("-"), !known.contains(word) else { return }
        throw .unknownCommand(word, nearest: nearestName(to: word, among: known))
    }

    private static func report(_ failure: ToolFailure) -> Never {
        let style = Terminal.style(of: STDERR_FILENO)
        let name = "sluicectl:"
        for message in failure.messages {
            let text = style.wrap("\(name) \(message)").dropFirst(name.count)
            Terminal.complain(style.paint(name, .bad) + text + "\n")
        }
        exit(failure.code.rawValue)
    }
}

struct Sluicectl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluicectl",
        abstract: "See and steer the queues in front of this machine's GPUs.",
        discussion: "Without a command: status. The manual is sluicectl(1).",
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "See",
                subcommands: [
                    StatusCommand.self, QueuesCommand.self, QueueCommand.self,
                    FunctionsCommand.self, WorkersCommand.self, DevicesCommand.self,
                    DeviceCommand.self, RequestsCommand.self, RequestCommand.self,
                    ExplainCommand.self, MonitorCommand.self, TopCommand.self,
                ]),
            CommandGroup(
                name: "Change",
                subcommands: [
                    SetCommand.self, RevertCommand.self, PauseCommand.self, ResumeCommand.self,
                    DrainCommand.self, CordonCommand.self, UncordonCommand.self,
                    WorkerStartCommand.self, WorkerStopCommand.self, CancelCommand.self,
                    RetryCommand.self, DiscardCommand.self,
                    ForgetCommand.self, ReloadCommand.self,
                ]),
            CommandGroup(name: "Set up", subcommands: [WorkerUnitCommand.self]),
            CommandGroup(name: "Ask", subcommands: [SubmitCommand.self, FetchCommand.self]),
        ],
        defaultSubcommand: StatusCommand.self)
}

extension Sluicectl {
    /// The names of all commands.
    static var commands: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName }
    }
}

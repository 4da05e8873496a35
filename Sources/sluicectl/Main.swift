import ArgumentParser
import Glibc

/// Runs the command and turns what went wrong into a sentence and an exit code.
@main
enum Main {
    static func main() {
        do {
            var command = try Sluicectl.parseAsRoot()
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

    private static func report(_ failure: ToolFailure) -> Never {
        let style = Terminal.style(of: STDERR_FILENO)
        Terminal.complain(style.paint("sluicectl:", .bad) + " " + failure.message + "\n")
        exit(failure.code.rawValue)
    }
}

struct Sluicectl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluicectl",
        abstract: "See and steer the queues in front of this machine's GPUs.",
        discussion: "Without a command: status. The manual is sluicectl(1).",
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "See",
                subcommands: [
                    StatusCommand.self, QueuesCommand.self, QueueCommand.self,
                    FunctionsCommand.self, WorkersCommand.self, RequestsCommand.self,
                    ExplainCommand.self, MonitorCommand.self,
                ]),
            CommandGroup(
                name: "Change",
                subcommands: [
                    SetCommand.self, PauseCommand.self, ResumeCommand.self, DrainCommand.self,
                    CancelCommand.self, ForgetCommand.self, ReloadCommand.self,
                ]),
        ],
        defaultSubcommand: StatusCommand.self)
}

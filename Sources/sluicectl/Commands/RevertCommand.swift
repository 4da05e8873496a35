import ArgumentParser
import SluiceClient
import SluiceWire

struct RevertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take back every setting that an operator gave.",
        usage: """
            sluicectl revert QUEUE
            sluicectl revert --function NAME
            sluicectl revert --daemon
            """,
        discussion: """
            What the configuration, workers or defaults say holds again. One setting alone: \
            'sluicectl set QUEUE KEY='. A pause or drain is no setting; 'resume' ends it.
            """)
    @Argument(help: "The queue's concurrency_id.", completion: Completions.queues)
    var queue: String?
    @Option(
        help: ArgumentHelp("Revert a function rather than a queue.", valueName: "name"),
        completion: Completions.functions)
    var function: String?
    @Flag(help: "Revert the whole daemon.") var daemon = false
    @OptionGroup var options: CommonOptions

    func run() throws {
        let target = try sluicectl.target(
            verb: "revert", queue: queue, function: function, daemon: daemon)
        let (changes, hold) = try options.ask { control throws(ClientError) in
            let changes = try control.call(Control.Revert(target: target)).changes
            return (changes, options.json ? .running : try control.hold(on: target))
        }
        Terminal.print(
            options.json
                ? jsonList(changes)
                : revertText(changes, of: target, hold: hold, style: Terminal.style))
    }
}

extension ControlConnection {
    fileprivate func hold(on target: Control.Target) throws(ClientError) -> Control.Hold {
        switch target {
        case .daemon: try call(Control.Status()).hold
        case .queue(let name): try hold(ofQueue: name)
        case .function(let name):
            try functions().first { $0.function == name }?.hold ?? .running
        case .worker: .running
        }
    }

    private func hold(ofQueue name: String) throws(ClientError) -> Control.Hold {
        do throws(ClientError) {
            return try call(Control.GetQueue(concurrencyID: name)).queue.hold
        } catch .refused(.unknownQueue) {
            // It was there for what was set alone, and went with it.
            return .running
        }
    }
}

import ArgumentParser
import SluiceClient
import SluiceWire

// Commands that only look.

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "The daemon and its queues at a glance.",
        usage: "sluicectl status")
    @OptionGroup var options: CommonOptions

    func run() throws {
        let (daemon, queues) = try options.ask { control throws(ClientError) in
            (try control.call(Control.Status()), try control.queues())
        }
        Terminal.print(
            options.json
                ? jsonLine(daemon)
                : statusText(daemon, queues: queues, style: Terminal.style))
    }
}

struct QueuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues", abstract: "All queues, with what waits, runs and holds.",
        usage: "sluicectl queues [--names]")
    @OptionGroup var options: CommonOptions
    @Flag(help: "Print names only.") var names = false

    func run() throws {
        let queues = try options.ask { control throws(ClientError) in try control.queues() }
        if names { return printNames(queues.map(\.concurrencyID)) }
        Terminal.print(
            options.json ? jsonList(queues) : queuesText(queues, style: Terminal.style))
    }
}

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "One queue: its limits, who set them, its functions.",
        usage: "sluicectl queue QUEUE")
    @OptionGroup var options: CommonOptions
    @Argument(help: "The queue's concurrency_id.", completion: Completions.queues)
    var queue: String

    func run() throws {
        let reply = try options.ask { control throws(ClientError) in
            try control.call(Control.GetQueue(concurrencyID: queue))
        }
        Terminal.print(
            options.json
                ? jsonLine(QueueWithFunctions(reply: reply))
                : queueText(reply, style: Terminal.style))
    }
}

struct FunctionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "functions", abstract: "The functions of a queue, or all.",
        usage: "sluicectl functions [QUEUE] [--names]")
    @OptionGroup var options: CommonOptions
    @Argument(help: "Only those of this queue.", completion: Completions.queues)
    var queue: String?
    @Flag(help: "Print names only.") var names = false

    func run() throws {
        let functions = try options.ask { control throws(ClientError) in
            try control.functions(of: queue)
        }
        if names { return printNames(functions.map(\.function)) }
        Terminal.print(
            options.json
                ? jsonList(functions) : functionsText(functions, style: Terminal.style))
    }
}

struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "Attached workers, and what they do.",
        usage: "sluicectl workers [--names]")
    @OptionGroup var options: CommonOptions
    @Flag(help: "Print ids only.") var names = false

    func run() throws {
        let workers = try options.ask { control throws(ClientError) in try control.workers() }
        if names { return printNames(workers.map { String($0.id) }) }
        Terminal.print(
            options.json ? jsonList(workers) : workersText(workers, style: Terminal.style))
    }
}

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "The one thing that keeps a request from running.",
        usage: "sluicectl explain ID")
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("The request's id.", valueName: "id"), completion: Completions.requests)
    var request: UInt64

    func run() throws {
        let reply = try options.ask { control throws(ClientError) in
            try control.call(Control.Explain(id: request))
        }
        Terminal.print(
            options.json ? jsonLine(reply) : explanationText(reply, style: Terminal.style))
    }
}

struct MonitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Events as they happen, until interrupted.",
        usage: "sluicectl monitor [--requests]")
    @OptionGroup var options: CommonOptions
    @Flag(help: "Also every step of every request.") var requests = false

    func run() throws {
        let style = Terminal.style
        try options.ask { control throws(ClientError) in
            var replies = try control.replies(to: Control.Monitor(requests: requests))
            while let event = try replies.next()?.event {
                let text = options.json ? jsonLine(event) : eventText(event, style: style)
                Terminal.print(text)
            }
        }
    }
}

/// Names one a line, for completions and loops.
func printNames(_ names: [String]) {
    Terminal.print(names.map { "\(visible($0))\n" }.joined())
}

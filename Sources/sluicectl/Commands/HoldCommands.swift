import ArgumentParser
import SluiceClient
import SluiceWire

// pause, resume and drain: three words for one kind of change.

/// Which things to hold: queues, or one other thing.
struct HoldOptions: ParsableArguments {
    @Argument(help: "Queues, by concurrency_id.", completion: Completions.queues)
    var queues: [String] = []
    @OptionGroup var target: TargetOptions
    @Option(help: "Change a worker, by id.", completion: Completions.workers)
    var worker: UInt64?
    @OptionGroup var common: CommonOptions

    func targets(verb: String) throws(InputError) -> [Control.Target] {
        guard !queues.isEmpty else {
            return [
                try sluicectl.target(
                    verb: verb, queue: nil, function: target.function, worker: worker,
                    daemon: target.daemon)
            ]
        }
        guard target.function == nil, worker == nil, !target.daemon else { throw .targetsDisagree }
        return queues.map { .queue($0) }
    }

    /// Does it to each target in turn; the first refusal ends it.
    func change<Method: VarlinkMethod>(
        verb: String, to hold: Control.Hold, done: String, waits: Bool = false,
        _ method: (Control.Target, Bool?) -> Method
    ) throws {
        let targets = try targets(verb: verb)
        // Listening begins before the drain does, or its end could pass unheard.
        let events = waits ? try common.ask(startMonitor) : nil
        try common.ask { control throws(ClientError) in
            for item in targets {
                _ = try control.call(method(item, target.runtime ? true : nil))
                let held = HeldTarget(hold: hold, target: item)
                Terminal.print(
                    common.json ? jsonLine(held) : "\(visible("\(item)")) \(done)\n")
            }
        }
        guard let events else { return }
        let end = try common.ask { control throws(ClientError) in
            var wait = DrainWait(for: targets, in: events, asking: control)
            return try wait.untilOver()
        }
        guard case .takenBack(let target, let hold) = end else { return }
        let now = hold == .running ? "running again" : hold.rawValue
        throw ToolFailure("\(target) is \(now) before it was drained", .failure)
    }
}

private func startMonitor(
    _ control: ControlConnection
) throws(ClientError) -> ReplyStream<Control.Monitor> {
    var events = try control.replies(to: Control.Monitor())
    _ = try events.next()
    return events
}

/// What `--json` says of a hold.
private struct HeldTarget: Encodable {
    let hold: Control.Hold
    let target: Control.Target
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Accept requests and hold them.",
        usage: """
            sluicectl pause QUEUE ...
            sluicectl pause --function NAME
            sluicectl pause --worker ID
            sluicectl pause --daemon
            """)
    @OptionGroup var options: HoldOptions

    func run() throws {
        let done = "is paused: it accepts, and starts nothing."
        try options.change(verb: "pause", to: .paused, done: done) {
            Control.Pause(target: $0, runtime: $1)
        }
    }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take a pause or a drain back.",
        usage: """
            sluicectl resume QUEUE ...
            sluicectl resume --function NAME
            sluicectl resume --worker ID
            sluicectl resume --daemon
            """)
    @OptionGroup var options: HoldOptions

    func run() throws {
        try options.change(verb: "resume", to: .running, done: "runs again.") {
            Control.Resume(target: $0, runtime: $1)
        }
    }
}

struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Refuse new requests and finish the accepted ones.",
        usage: """
            sluicectl drain QUEUE ... [--wait]
            sluicectl drain --function NAME [--wait]
            sluicectl drain --worker ID [--wait]
            sluicectl drain --daemon [--wait]
            """)
    @OptionGroup var options: HoldOptions
    @Flag(help: "Return when the work is done.") var wait = false

    func run() throws {
        let done = "drains: it finishes what it has."
        try options.change(verb: "drain", to: .draining, done: done, waits: wait) {
            Control.Drain(target: $0, runtime: $1)
        }
    }
}

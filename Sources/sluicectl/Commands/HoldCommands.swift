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
        verb: String, done: String, _ method: (Control.Target, Bool?) -> Method
    ) throws {
        let targets = try targets(verb: verb)
        try common.ask { control throws(ClientError) in
            for item in targets {
                _ = try control.call(method(item, target.runtime ? true : nil))
                if !common.json { Terminal.print("\(visible("\(item)")) \(done)\n") }
            }
        }
    }
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Accept requests and hold them.")
    @OptionGroup var options: HoldOptions

    func run() throws {
        try options.change(verb: "pause", done: "is paused: it accepts, and starts nothing.") {
            Control.Pause(target: $0, runtime: $1)
        }
    }
}

struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take a pause or a drain back.")
    @OptionGroup var options: HoldOptions

    func run() throws {
        try options.change(verb: "resume", done: "runs again.") {
            Control.Resume(target: $0, runtime: $1)
        }
    }
}

struct DrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Refuse new requests and finish the accepted ones.")
    @OptionGroup var options: HoldOptions

    func run() throws {
        try options.change(verb: "drain", done: "drains: it finishes what it has.") {
            Control.Drain(target: $0, runtime: $1)
        }
    }
}

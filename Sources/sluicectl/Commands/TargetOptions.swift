import ArgumentParser
import SluiceWire

/// What a change is about, where it is not a queue.
struct TargetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Change a function rather than a queue.", valueName: "name"),
        completion: Completions.functions)
    var function: String?

    @Flag(help: "Change the whole daemon.")
    var daemon = false

    @Flag(help: "Forget the change when the daemon restarts.")
    var runtime = false
}

/// The one target that was named. A forgotten one is no target: bare `drain` shall not drain a
/// machine.
func target(
    verb: String, queue: String?, function: String?, worker: UInt64? = nil, daemon: Bool
) throws(InputError) -> Control.Target {
    let named: [Control.Target?] = [
        queue.map { .queue($0) }, function.map { .function($0) }, worker.map { .worker($0) },
        daemon ? .daemon : nil,
    ]
    let targets = named.compactMap { $0 }
    guard let target = targets.first else { throw .noTarget(verb: verb) }
    guard targets.count == 1 else { throw .targetsDisagree }
    return target
}

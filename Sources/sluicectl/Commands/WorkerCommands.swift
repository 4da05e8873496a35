import ArgumentParser
import SluiceClient
import SluiceWire

/// Whom a command is about.
struct WorkerUnits: ParsableArguments {
    @Argument(
        help: "Workers, by what stands behind the @ of their units.",
        completion: Completions.workerUnits)
    var names: [String]
}

struct WorkerStartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-start", abstract: "Have systemd start workers that are units.",
        usage: "sluicectl worker-start NAME ...")
    @OptionGroup var options: CommonOptions
    @OptionGroup var workers: WorkerUnits

    func run() throws {
        try options.steer(workers.names, waitingFor: "to be ready") {
            name, control, patience throws(ClientError) in
            try control.call(Control.StartWorker(name: name), patience: patience)
        } tell: { steered in
            steered.changed
                ? "\(steered.unit) is started.\n" : "\(steered.unit) was started already.\n"
        }
    }
}

struct WorkerStopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker-stop",
        abstract: "Have systemd stop workers that are units: they finish what they run.",
        usage: "sluicectl worker-stop NAME ...")
    @OptionGroup var options: CommonOptions
    @OptionGroup var workers: WorkerUnits

    func run() throws {
        try options.steer(workers.names, waitingFor: "to finish what it runs") {
            name, control, patience throws(ClientError) in
            try control.call(Control.StopWorker(name: name), patience: patience)
        } tell: { steered in
            steered.changed
                ? "\(steered.unit) finished what it ran, or was killed after its time, and is "
                    + "stopped.\n"
                : "\(steered.unit) did not run.\n"
        }
    }
}

extension CommonOptions {
    /// One after the other. What is wrong with one does not keep the others from it.
    fileprivate func steer(
        _ names: [String], waitingFor end: String,
        _ steer: (String, ControlConnection, Patience) throws(ClientError) -> Control.SteeredWorker,
        tell: (Control.SteeredWorker) -> String
    ) throws {
        var failures: [ToolFailure] = []
        try ask { control throws(ClientError) in
            // How long systemd takes is no silence of the daemon; whether that is there shows here.
            _ = try control.call(VarlinkService.GetInfo())
            for name in names {
                let patience = Patience {
                    Terminal.complain("sluicectl: waiting for \(visible(name)) \(end)\n")
                }
                do throws(ClientError) {
                    let steered = try steer(name, control, patience)
                    Terminal.print(json ? jsonLine(steered) : tell(steered))
                } catch .refused(let error) where error.isAboutOneWorker {
                    failures.append(ToolFailure(error))
                }
            }
        }
        guard let failure = ToolFailure(all: failures) else { return }
        throw failure
    }
}

extension ControlError {
    /// Whether another worker may be started or stopped where this one was not.
    fileprivate var isAboutOneWorker: Bool {
        switch self {
        case .unitFailed, .valueOutOfRange: true
        default: false
        }
    }
}

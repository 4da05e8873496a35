import ArgumentParser
import SluiceClient
import SluiceWire

// Commands that change stored requests.

struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Submit what failed once more, as a new request.",
        usage: "sluicectl retry ID ...")
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("Stored requests, by id.", valueName: "id"),
        completion: Completions.finishedRequests)
    var requests: [UInt64]

    func run() throws {
        try options.each(requests) { request, control throws(ClientError) in
            let new = try control.call(Control.Retry(id: request)).id
            Terminal.print(
                options.json
                    ? jsonLine(["id": new, "retry_of": request])
                    : "request \(new) repeats request \(request).\n")
        }
    }
}

struct DiscardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Take what is finished out of the store, with its result.",
        usage: "sluicectl discard ID ...")
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("Stored requests, by id.", valueName: "id"),
        completion: Completions.finishedRequests)
    var requests: [UInt64]

    func run() throws {
        try options.each(requests) { request, control throws(ClientError) in
            _ = try control.call(Control.Discard(id: request))
            Terminal.print(
                options.json
                    ? jsonLine(["id": request])
                    : "request \(request) and its result are discarded.\n")
        }
    }
}

extension CommonOptions {
    /// Does it to each request; one that is refused for itself does not keep the others from it,
    /// and is told at the end.
    fileprivate func each(
        _ requests: [UInt64],
        _ change: (UInt64, ControlConnection) throws(ClientError) -> Void
    ) throws {
        var failures: [ToolFailure] = []
        try ask { control throws(ClientError) in
            for request in requests {
                do throws(ClientError) {
                    try change(request, control)
                } catch .refused(.unknownRequest) {
                    failures.append(ToolFailure(notStored: request))
                } catch .refused(let error) where error.isAboutOne {
                    failures.append(ToolFailure(error))
                }
            }
        }
        guard let failure = ToolFailure(all: failures) else { return }
        throw failure
    }
}

extension ControlError {
    /// Whether another request may be taken where this one was refused.
    fileprivate var isAboutOne: Bool {
        switch self {
        case .unknownRequest, .notRetryable, .notFinished: true
        case .unknownQueue, .unknownFunction, .unknownWorker, .unknownDevice, .deviceLost,
            .storeFailed, .storeFull, .notAKey,
            .valueOutOfRange, .inUse, .notKept, .configurationInvalid, .permissionDenied, .tooMany,
            .unitFailed:
            false
        }
    }
}

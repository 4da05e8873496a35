import ArgumentParser
import Glibc
import SluiceClient
import SluiceWire

struct RequestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests", abstract: "Live requests, or stored ones, oldest first.",
        usage: """
            sluicectl requests [QUEUE] [--function NAME] [--limit NUMBER] [--names]
            sluicectl requests --detached [--state STATE] [--function NAME] [--user USER]
                               [--limit NUMBER] [--names]
            """)
    @OptionGroup var options: CommonOptions
    @Argument(help: "Only those of this queue.", completion: Completions.queues)
    var queue: String?
    @Flag(help: "Stored requests, also those that have their outcome.") var detached = false
    @Option(
        help: ArgumentHelp(
            "Only those that are waiting, running, settling or finished.", valueName: "state"),
        completion: .list(Control.DetachedState.allCases.map(\.rawValue)))
    var state: String?
    @Option(help: "Only those of this function.", completion: Completions.functions)
    var function: String?
    @Option(help: "Only those of this user, by name or uid.") var user: String?
    @Option(help: "At most so many, or 0 for all.") var limit = 100
    @Flag(help: "Print ids only.") var names = false

    func run() throws {
        guard let filter = try filter() else { return try showLive() }
        let most = limit > 0 ? limit : .max
        let requests = try options.ask { control throws(ClientError) in
            try control.detached(filter, atMost: most)
        }
        if names { return printNames(requests.map { String($0.id) }) }
        Terminal.print(
            options.json
                ? jsonList(requests)
                : detachedText(requests, at: wallClock(), style: Terminal.style))
        warn(requests.count, most)
    }

    /// Which of the stored requests are meant; nil: none of them.
    func filter() throws(InputError) -> Control.ListDetached? {
        guard detached else {
            if state != nil { throw .needsDetached("--state") }
            if user != nil { throw .needsDetached("--user") }
            return nil
        }
        guard queue == nil else { throw .detachedHaveNoQueue }
        return Control.ListDetached(
            state: try state.map { text throws(InputError) in try detachedState(text) },
            function: function,
            user: try user.map { text throws(InputError) in try userID(text) })
    }

    private func showLive() throws {
        let most = limit > 0 ? limit : .max
        let requests = try options.ask { control throws(ClientError) in
            try control.requests(of: queue, function: function, atMost: most)
        }
        if names { return printNames(requests.map { String($0.id) }) }
        Terminal.print(
            options.json ? jsonList(requests) : requestsText(requests, style: Terminal.style))
        warn(requests.count, most)
    }

    private func warn(_ count: Int, _ most: Int) {
        guard !options.json, count == most else { return }
        Terminal.complain("Only the oldest \(most) are shown; all: --limit 0\n")
    }
}

struct RequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "One request: where it stands, or what came of it.",
        usage: "sluicectl request ID")
    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp("The request's id.", valueName: "id"),
        completion: Completions.allRequests)
    var request: UInt64

    func run() throws {
        let (live, stored) = try options.ask { control throws(ClientError) in
            let live = try control.live(request)
            return (live, try control.stored(request, isKnown: live != nil))
        }
        guard live != nil || stored != nil else { throw ToolFailure(notKnown: request) }
        Terminal.print(
            options.json
                ? jsonLine(RequestReport(live: live, stored: stored))
                : requestText(live, stored, at: wallClock(), style: Terminal.style))
    }
}

/// What `--json` says of one request: null for what it is not.
private struct RequestReport: Encodable {
    @Nullable var live: Control.Request?
    @Nullable var stored: Control.Detached?
}

extension ControlConnection {
    fileprivate func live(_ id: UInt64) throws(ClientError) -> Control.Request? {
        do throws(ClientError) {
            return try call(Control.GetRequest(id: id)).request
        } catch .refused(.unknownRequest) {
            return nil
        }
    }

    /// - Parameter isKnown: whether there is something to be said of it even where the store is no
    ///   use.
    fileprivate func stored(
        _ id: UInt64, isKnown: Bool
    ) throws(ClientError) -> Control.Detached? {
        do throws(ClientError) {
            return try call(Control.GetDetached(id: id)).request
        } catch .refused(.unknownRequest) {
            return nil
        } catch .refused(.storeFailed) where isKnown {
            return nil
        }
    }
}

/// Seconds since 1970, against which the daemon's moments are shown.
private func wallClock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

import SluiceModel
import SluiceWire

/// A client's connection: submits requests and hears of them.
///
///     let client = try DataConnection()
///     let request = try client.submit("caption", .json("[1]"))
///     let outcome = try client.outcome(of: request)
///
/// Requests are pipelined: submit many, then take what comes. Calls wait; a program that submits
/// without end has to take updates between, or the daemon calls it a slow reader. When the
/// connection is let go, what it submitted and has no outcome is cancelled.
public final class DataConnection {
    private let link: FrameLink
    private var lastNumber: UInt64 = 0
    /// Updates of other requests that came while one was waited for, oldest first.
    private var setAside: [(RequestNumber, RequestUpdate)] = []

    /// What the daemon said of itself and its limits.
    public var welcome: Welcome { link.welcome }

    /// - Parameters:
    ///   - name: of the program, for people.
    ///   - patience: until the daemon says welcome; a request then takes as long as it takes.
    public init(
        runtimeDirectory: String? = nil, name: String? = nil, patience: Patience = .endless
    ) throws(ClientError) {
        link = try FrameLink(
            connectingTo: DaemonSocket.client.path(in: runtimeDirectory), name: name, patience)
    }

    /// Asks for a function; what became of it comes as updates with the number returned. The
    /// request leaves with `flush`, or with the next call that waits.
    @discardableResult
    public func submit(
        _ function: String, _ content: Content, _ options: RequestOptions = RequestOptions()
    ) throws(ClientError) -> RequestNumber {
        guard Name.isValid(function) else { throw .invalidName(function) }
        lastNumber += 1
        let number = RequestNumber(rawValue: lastNumber)
        try link.send(content) { payload, out in
            var submit = Submit(function: function, payload: payload)
            submit.queueTimeout = Span(options.queueTimeout)
            submit.execTimeout = Span(options.execTimeout)
            submit.deadline = Span(options.deadline)
            submit.maxWait = Span(options.maxWait)
            submit.wantsStatus = options.wantsStatus
            ClientRequest.submit(number, submit).encode(into: &out)
        }
        return number
    }

    /// Calls a request off. Its outcome still comes, and may be another that was on the way.
    public func cancel(_ number: RequestNumber) throws(ClientError) {
        try link.send { out in ClientRequest.cancel(number).encode(into: &out) }
        try link.flush()
    }

    /// Asks for rank and ETA from now on, or no more.
    public func watch(_ number: RequestNumber, _ on: Bool = true) throws(ClientError) {
        try link.send { out in ClientRequest.watch(number, on).encode(into: &out) }
        try link.flush()
    }

    /// Sends what was submitted.
    public func flush() throws(ClientError) { try link.flush() }

    /// The next update of any request, after waiting for it.
    public func nextUpdate() throws(ClientError) -> (RequestNumber, RequestUpdate) {
        guard setAside.isEmpty else { return setAside.removeFirst() }
        return try receive()
    }

    /// Waits for how a request ends; what comes before is given to `onUpdate`. Updates of other
    /// requests are kept for later calls.
    public func outcome(
        of number: RequestNumber, onUpdate: (RequestUpdate) -> Void = { _ in }
    ) throws(ClientError) -> RequestOutcome {
        while true {
            switch try nextUpdate(of: number) {
            case .outcome(let outcome): return outcome
            case let update: onUpdate(update)
            }
        }
    }

    private func nextUpdate(of number: RequestNumber) throws(ClientError) -> RequestUpdate {
        if let index = setAside.firstIndex(where: { $0.0 == number }) {
            return setAside.remove(at: index).1
        }
        while true {
            let (other, update) = try receive()
            if other == number { return update }
            setAside.append((other, update))
        }
    }

    private func receive() throws(ClientError) -> (RequestNumber, RequestUpdate) {
        while true {
            switch try nextEvent() {
            case .admitted(let number, let admitted):
                return (number, .admitted(admitted.request, warning: admitted.warning))
            case .status(let number, let status): return (number, .status(status))
            case .started(let number, let attempt): return (number, .started(attempt: attempt))
            case .progress(let number, let progress): return (number, .progress(progress))
            case .log(let number, let line): return (number, .log(line))
            case .chunk(let number, let chunk):
                let content = try Content(chunk.payload, from: &link.descriptors)
                return (number, .chunk(sequence: chunk.sequence, content))
            case .outcome(let number, let report):
                let content = try Content(report.payload, from: &link.descriptors)
                return (number, .outcome(RequestOutcome(report, content: content)))
            case .link(let message): try link.heed(message)
            }
        }
    }

    private func nextEvent() throws(ClientError) -> ClientEvent {
        let frame = try link.nextFrame()
        do {
            return try ClientEvent(frame, &link.strings)
        } catch {
            throw .protocolViolation(error.description)
        }
    }
}

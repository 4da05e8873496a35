import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

// Bytes of clients and workers become events. Whatever a peer gets wrong costs it its
// connection: it throws, and the caller says farewell.

/// What a turn takes in from the data sockets.
struct Intake: ~Copyable {
    var events = Events()
    var bodies = Bodies()
    /// Pings to be answered once the turn has done everything that came before them.
    var pings: [(connection: Connection, number: UInt64)] = []
    /// What workers said this turn about functions that they declared, for whoever keeps it.
    var descriptions: [String: FunctionDescription] = [:]
    private var strings = StringCache()
    /// To know its own again.
    var tickets: Tickets?
    /// Whether detached requests are kept, and so can be fetched.
    var keepsDetached = false
    /// Whether a restart was so short ago that peers come back to what they had.
    var isGathering = false
    /// The daemons before this one whose tickets are claims; nil: any.
    var heritage: [UniqueID]? = []

    /// Frames that are taken from one connection in a turn. The rest of what it sent waits for the
    /// next turn, so that nobody waits for more of one peer than this. It is as many as a client
    /// sends that has a thousand requests under way, and about a millisecond's work.
    static let framesPerTurn = 1024

    /// Takes the whole frames that the connection has, or its share of the turn.
    ///
    /// - Returns: whether there may be more.
    mutating func take(from connection: Connection) throws(WireError) -> Bool {
        var share = Self.framesPerTurn
        while share > 0 {
            guard let frame = try connection.link.nextFrame() else { return false }
            share -= 1
            guard connection.link.phase != .open else {
                try take(frame, from: connection)
                // Its own ERROR ends the connection; what it sent after that is not read.
                guard connection.link.phase == .open else { return false }
                continue
            }
            switch connection.link.open(with: frame) {
            case .pass: preconditionFailure("the opening of an open connection")
            case .welcome(let hello, _): join(connection, hello)
            case .refuse(let error): throw error
            case .ignore: return false
            }
        }
        return connection.link.hasInput
    }

    private mutating func join(_ connection: Connection, _ hello: Hello) {
        connection.hasJoined = true
        let credentials = connection.link.credentials
        switch connection.role {
        case .client:
            let session = SessionID(high: hello.session.high, low: hello.session.low)
            events.append(
                .clientJoined(
                    connection.client, Caller(user: credentials.user, session: session)))
        case .worker:
            connection.takesPauses = hello.features.contains(.pausing)
            events.append(
                .workerJoined(
                    connection.worker, name: hello.name ?? "unnamed",
                    process: credentials.process,
                    heedsDevices: hello.features.contains(.devices)))
        }
    }

    private mutating func take(_ frame: Frame, from connection: Connection) throws(WireError) {
        switch connection.role {
        case .client: try takeRequest(frame, from: connection)
        case .worker: try takeMessage(frame, from: connection)
        }
    }

    // MARK: Clients

    private mutating func takeRequest(
        _ frame: Frame, from connection: Connection
    ) throws(WireError) {
        let client = connection.client
        guard frame.kind != .submit else {
            let submit = try SubmitView(frame, &strings)
            let number = RequestNumber(rawValue: frame.id)
            let file = try file(of: submit.payload.content, frame, connection)
            let body = bodies.keep(submit.payload, file)
            let (function, ask) = (strings.name(submit.function), Ask(number, submit, body))
            guard submit.ticket != nil || submit.caller != nil else {
                return events.submit(function, ask, from: client)
            }
            let caller = submit.caller.map { strings.name($0) }
            let submission = Submission(function: function, ask: ask, caller: caller)
            guard let claim = claim(submit, by: connection) else {
                return events.append(.submitted(client, submission))
            }
            return events.append(.reclaimed(client, submission, claim))
        }
        switch try ClientRequest(frame, &strings) {
        case .submit: preconditionFailure("a SUBMIT was taken for something else")
        case .cancel(let number): events.append(.cancelled(client, number))
        case .watch(let number, let isWanted):
            events.append(.watched(client, number, isWanted))
        case .fetch(let number, let fetch):
            // What no WELCOME offered nobody may say.
            guard keepsDetached else { throw .unexpectedKind(.fetch) }
            guard isEntitled(fetch, by: connection) else {
                return refuse(fetch, number, connection)
            }
            events.append(.fetched(client, number, SluiceEngine.Fetch(fetch)))
        case .leave(let number):
            guard keepsDetached else { throw .unexpectedKind(.leave) }
            events.append(.listenerLeft(client, number))
        case .link(let message): take(message, from: connection)
        }
    }

    // MARK: Workers

    private mutating func takeMessage(
        _ frame: Frame, from connection: Connection
    ) throws(WireError) {
        let worker = connection.worker
        guard frame.kind != .result else {
            let result = try ItemResult(frame, &strings)
            let file = try file(of: result.payload.content, frame, connection)
            let body = bodies.keep(result: result.payload, file)
            let grant = GrantID(rawValue: frame.id)
            return events.answer(.completed, body, result.item, of: grant, by: worker)
        }
        switch try WorkerMessage(frame, &strings) {
        case .declare(let declaration):
            descriptions[declaration.declaration.function] = FunctionDescription(declaration)
            events.append(.declared(worker, declaration.declaration))
        case .ready(let slots): events.append(.ready(worker, slots: slots))
        case .started(let grant, let item): events.append(.started(worker, grant, item: item))
        case .progress(let grant, let item, _):
            report(.progress, frame, grant, item, of: worker, nil)
        case .log(let grant, let item, _): report(.log, frame, grant, item, of: worker, nil)
        case .chunk(let grant, let item, let chunk):
            let file = try file(of: chunk.payload.content, frame, connection)
            report(.chunk(sequence: chunk.sequence), frame, grant, item, of: worker, file)
        case .result: preconditionFailure("a RESULT was taken for something else")
        case .failed(let grant, let item, let failure):
            let file = try file(of: failure.payload.content, frame, connection)
            let body = bodies.keep(failure: failure.message, failure.payload, file)
            let answer: Answer = failure.reason == .stopped ? .cancelled : .failed
            events.append(.answered(worker, grant, item: item, answer, body))
        case .outOfMemory(let grant, _): events.append(.ranOutOfMemory(worker, grant))
        case .holding(let grant, let holding): hold(grant, holding, by: connection)
        case .bind(let binding):
            events.append(.leaseAsked(worker, LeaseRequest(binding)))
        case .link(let message): take(message, from: connection)
        }
    }

    private mutating func report(
        _ kind: ReportKind, _ frame: Frame, _ grant: GrantID, _ item: Int, of worker: WorkerID,
        _ file: SharedFile?
    ) {
        let body = bodies.keep(frame.reportBody, file)
        events.append(.reported(worker, grant, item: item, kind, body))
    }

    // MARK: Both

    private mutating func take(_ message: LinkMessage, from connection: Connection) {
        switch message {
        case .ping(let number): pings.append((connection, number))
        case .pong, .restarting: break
        case .error: connection.link.phase = .closing
        }
    }

    private func file(
        of content: Payload.Content, _ frame: Frame, _ connection: Connection
    ) throws(WireError) -> SharedFile? {
        guard case .inDescriptor(let size) = content else { return nil }
        return try connection.link.takeFile(of: frame, size: size)
    }
}

extension LeaseRequest {
    fileprivate init(_ binding: Binding) {
        self.init(
            count: binding.count, memory: binding.memory, devices: binding.devices,
            isExclusive: binding.exclusive, isHeld: binding.isHeld)
    }
}

extension SluiceEngine.Fetch {
    fileprivate init(_ fetch: SluiceWire.Fetch) {
        self.init(request: fetch.request, attempt: fetch.attempt, chunks: fetch.chunks)
    }
}

extension Ask {
    fileprivate init(_ number: RequestNumber, _ submit: SubmitView, _ body: BodyID) {
        let isInline = if case .inline = submit.payload.content { true } else { false }
        self.init(
            number: number, body: body, bytes: Int(clamping: submit.payload.content.size))
        (holdsBytes, holdsFile) = (isInline, !isInline)
        (wantsStatus, isDetached) = (submit.wantsStatus, submit.isDetached)
        (queueTimeout, execTimeout) = (submit.queueTimeout, submit.execTimeout)
        (deadline, maxWait) = (submit.deadline, submit.maxWait)
    }
}

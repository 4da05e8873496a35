import SluiceEngine
import SluiceModel
import SluiceWire

// Effects of the data plane become frames. Nothing here decides anything: what the engine wants
// is said to whom it is meant for, if that is still there.

extension Edge {
    /// Performs one of the effects that come with every request.
    mutating func perform(_ step: Effects.Step) {
        switch step {
        case .admitted(let client, let number, let request, let isGranted):
            guard let connection = connections[client: client] else { return }
            let ticket = tickets.issue(request, to: connection.link.credentials.user)
            if isGranted {
                sendLater(to: connection) { out in out.admitted(number, request, ticket) }
            } else {
                send(to: connection) { out in out.admitted(number, request, ticket) }
            }
        case .status(let client, let number, let status):
            tell(client, .status(number, StatusUpdate(status)))
        case .started(let client, let number, let attempt):
            if !readings.isEmpty { begin(attempt: attempt, for: client, number) }
            guard let connection = connections[client: client] else { return }
            send(to: connection) { out in out.started(number, attempt: attempt) }
        case .report(let client, let number, let kind, let body, let source):
            if case .chunk = kind, !readings.isEmpty, isBehind(client, number) { return }
            passOn(kind, body, from: source, to: client, number)
        case .outcome(let client, let number, let conclusion):
            if let client, !readings.isEmpty, readsOutcome(client, number) { return }
            conclude(number, of: client, conclusion)
        case .release(let body): intake.bodies.release(body)
        case .item(let worker, let grant, let index, let request, let attempt, let body):
            guard let connection = connections[worker: worker] else { return }
            let file = intake.bodies.file(of: body)
            let bytes = intake.bodies.bytes(of: body)
            send(to: connection, with: file) { out in
                out.item(
                    index, of: grant, attempt: attempt, request, hasFile: file != nil, bytes)
            }
        case .revoke(let worker, let grant, let item):
            tell(worker, .revoke(grant, item: item))
        case .acknowledge(let worker, let grant, let item):
            guard let connection = connections[worker: worker] else { return }
            guard let item else {
                connection.acknowledgements.close(grant)
                return sendLater(to: connection) { out in out.acknowledge(nil, of: grant) }
            }
            acknowledge(item, of: grant, to: connection)
        case .drain(let worker): tell(worker, .drain)
        case .other: break
        }
    }

    /// Performs one of the others. Those that are not about clients and workers are left to the
    /// caller.
    mutating func perform(_ effect: Effect) {
        switch effect {
        case .refused(let client, let number, let conclusion, let refusal):
            guard let client else { return }
            let report = OutcomeReport(
                conclusion.code, message: text(for: conclusion.code, refusal),
                retryAfter: refusal.retryAfter, depth: UInt64(refusal.depth),
                limit: refusal.limit.map { UInt64($0) })
            tell(client, .outcome(number, report))
        case .left(let client, let number, let wasListening):
            stopReading(to: client, number, isTold: wasListening)
        case .declared(let worker, let function, let queue, let warning):
            answer(worker, .declared(Declared(function: function, queue: queue, warning: warning)))
        case .refusedWorker(let worker, let reason):
            guard let connection = connections[worker: worker] else { return }
            dismiss(connection, Farewell(.tooMany, reason))
        case .deniedDevices(let worker, let reason):
            guard let connection = connections[worker: worker] else { return }
            dismiss(connection, Farewell(.noDevices, reason))
        case .bound(let worker, let devices, let environment):
            tell(worker, .bound(Bound(devices: devices, environment: environment)))
        case .grant(let worker, let grant, let function, let count, let devices):
            connections[worker: worker]?.acknowledgements.open(grant, count: count)
            tell(worker, .grant(grant, count: count, function: function, devices: devices))
        case .admitted, .status, .started, .report, .outcome, .release, .item, .revoke,
            .acknowledge, .drain:
            preconditionFailure("\(effect) is kept as a step")
        case .reply, .notice, .store, .repeated, .sample: break
        }
    }

    private mutating func passOn(
        _ kind: ReportKind, _ body: BodyID, from source: AnswerSource?, to client: ClientID,
        _ number: RequestNumber
    ) {
        guard let connection = connections[client: client] else { return }
        let file = intake.bodies.file(of: body)
        let bytes = intake.bodies.bytes(of: body)
        let flags: FrameFlags = file == nil ? [] : .inDescriptor
        send(to: connection, with: file) { out in
            out.append(kind.frameKind, id: number.rawValue, flags: flags, body: bytes)
        }
        guard case .chunk = kind, let source, connection.link.isCrowded else { return }
        connection.streams.add(number, from: source)
    }

    private mutating func conclude(
        _ number: RequestNumber, of client: ClientID?, _ conclusion: Conclusion
    ) {
        guard let client, let connection = connections[client: client] else {
            if let source = conclusion.source { acknowledge(source) }
            return
        }
        if !connection.streams.isEmpty { connection.streams.remove(number) }
        guard let answer = conclusion.answer else {
            let report = OutcomeReport(
                conclusion.code, attempts: conclusion.attempts, message: text(for: conclusion))
            return tell(client, .outcome(number, report))
        }
        let file = intake.bodies.file(of: answer)
        let bytes = intake.bodies.bytes(of: answer)
        send(to: connection, with: file) { out in
            out.outcome(
                number, conclusion.code, attempts: conclusion.attempts, hasFile: file != nil, bytes)
        }
        // The worker keeps its answer until the client has it.
        guard let source = conclusion.source else { return }
        connection.unconfirmed.append((connection.link.endOffset, source))
    }

    mutating func acknowledge(_ source: AnswerSource) {
        guard let connection = connections[worker: source.worker] else { return }
        acknowledge(source.item, of: source.grant, to: connection)
    }

    /// Notes that the worker may forget an answer; it is told with what it is told next, or a
    /// little later.
    private mutating func acknowledge(_ item: Int, of grant: GrantID, to connection: Connection) {
        connection.acknowledgements.add(item, of: grant)
        flushLater(connection)
    }

    /// Puts what is acknowledged into words.
    mutating func sayAcknowledged(_ connection: Connection) {
        guard !connection.acknowledgements.isEmpty else { return }
        connection.link.prepareOutput(&buffers)
        connection.acknowledgements.drain { grant, item in
            connection.link.answer { out in out.acknowledge(item, of: grant) }
        }
    }

    private mutating func tell(_ client: ClientID, _ event: ClientEvent) {
        guard let connection = connections[client: client] else { return }
        send(to: connection) { out in event.encode(into: &out) }
    }

    private mutating func answer(_ worker: WorkerID, _ order: WorkerOrder) {
        guard let connection = connections[worker: worker] else { return }
        connection.link.answer { out in order.encode(into: &out) }
        markDirty(connection)
    }

    private mutating func tell(_ worker: WorkerID, _ order: WorkerOrder) {
        guard let connection = connections[worker: worker] else { return }
        send(to: connection) { out in order.encode(into: &out) }
    }
}

extension ReportKind {
    fileprivate var frameKind: Kind {
        switch self {
        case .chunk: .chunk
        case .progress: .progress
        case .log: .log
        }
    }
}

extension StatusUpdate {
    fileprivate init(_ status: Status) {
        self.init(
            rank: status.rank, waiting: status.waiting, p50: status.eta?.p50,
            p90: status.eta?.p90, held: status.held)
    }
}

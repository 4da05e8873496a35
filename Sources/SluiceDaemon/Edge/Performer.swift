import SluiceEngine
import SluiceModel
import SluiceWire

// Effects of the data plane become frames. Nothing here decides anything: what the engine wants
// is said to whom it is meant for, if that is still there.

extension Edge {
    /// Performs one effect. Those that are not about clients and workers are left to the caller.
    mutating func perform(_ effect: Effect) {
        switch effect {
        case .admitted(let client, let number, let request, let isGranted):
            guard let user = connections[client: client]?.link.credentials.user else { return }
            let event = ClientEvent.admitted(
                number, Admitted(request: request, ticket: tickets.issue(request, to: user)))
            if isGranted { tellLater(client, event) } else { tell(client, event) }
        case .status(let client, let number, let status):
            tell(client, .status(number, StatusUpdate(status)))
        case .started(let client, let number, let attempt):
            tell(client, .started(number, attempt: attempt))
        case .report(let client, let number, let kind, let body):
            passOn(kind, body, to: client, number)
        case .outcome(let client, let number, let conclusion):
            conclude(number, of: client, conclusion)
        case .release(let body): intake.bodies.release(body)
        case .declared(let worker, let function, let queue, let warning):
            answer(worker, .declared(Declared(function: function, queue: queue, warning: warning)))
        case .refusedWorker(let worker, let reason):
            guard let connection = connections[worker: worker] else { return }
            dismiss(connection, Farewell(.tooMany, reason))
        case .grant(let worker, let grant, let function, let count):
            tell(worker, .grant(grant, count: count, function: function))
        case .item(let worker, let grant, let index, let request, let attempt, let body):
            let item = GrantedItem(
                index: index, attempt: attempt, request: request,
                payload: intake.bodies.payload(of: body))
            tell(worker, .item(grant, item), with: intake.bodies.file(of: body))
        case .revoke(let worker, let grant, let item):
            tell(worker, .revoke(grant, item: item))
        case .acknowledge(let worker, let grant, let item):
            tellLater(worker, .acknowledge(grant, item: item))
        case .drain(let worker): tell(worker, .drain)
        case .reply, .notice: break
        }
    }

    private mutating func passOn(
        _ kind: ReportKind, _ body: BodyID, to client: ClientID, _ number: RequestNumber
    ) {
        guard let connection = connections[client: client] else { return }
        let file = intake.bodies.file(of: body)
        let bytes = intake.bodies.report(body)
        let flags: FrameFlags = file == nil ? [] : .inDescriptor
        send(to: connection, with: file) { out in
            out.append(kind.frameKind, id: number.rawValue, flags: flags, body: bytes)
        }
    }

    private mutating func conclude(
        _ number: RequestNumber, of client: ClientID?, _ conclusion: Conclusion
    ) {
        guard let client, let connection = connections[client: client] else {
            if let source = conclusion.source { acknowledge(source) }
            return
        }
        var report = OutcomeReport(
            conclusion.code, attempts: conclusion.attempts, message: text(for: conclusion),
            retryAfter: conclusion.refusal?.retryAfter,
            depth: conclusion.refusal.map { UInt64($0.depth) },
            limit: conclusion.refusal?.limit.map { UInt64($0) })
        var file: SharedFile?
        if let answer = conclusion.answer {
            report.payload = intake.bodies.payload(of: answer)
            report.message = intake.bodies.message(of: answer)
            file = intake.bodies.file(of: answer)
        }
        send(to: connection, with: file) { out in
            ClientEvent.outcome(number, report).encode(into: &out)
        }
        // The worker keeps its answer until the client has it.
        guard let source = conclusion.source else { return }
        connection.unconfirmed.append((connection.link.endOffset, source))
    }

    mutating func acknowledge(_ source: AnswerSource) {
        tellLater(source.worker, .acknowledge(source.grant, item: source.item))
    }

    private mutating func tell(_ client: ClientID, _ event: ClientEvent) {
        guard let connection = connections[client: client] else { return }
        send(to: connection, with: nil) { out in event.encode(into: &out) }
    }

    private mutating func answer(_ worker: WorkerID, _ order: WorkerOrder) {
        guard let connection = connections[worker: worker] else { return }
        connection.link.answer { out in order.encode(into: &out) }
        markDirty(connection)
    }

    /// For what is not urgent: it leaves with the next thing that is, or a little later.
    private mutating func tellLater(_ client: ClientID, _ event: ClientEvent) {
        guard let connection = connections[client: client] else { return }
        sendLater(to: connection) { out in event.encode(into: &out) }
    }

    private mutating func tell(
        _ worker: WorkerID, _ order: WorkerOrder, with file: SharedFile? = nil
    ) {
        guard let connection = connections[worker: worker] else { return }
        send(to: connection, with: file) { out in order.encode(into: &out) }
    }

    private mutating func tellLater(_ worker: WorkerID, _ order: WorkerOrder) {
        guard let connection = connections[worker: worker] else { return }
        sendLater(to: connection) { out in order.encode(into: &out) }
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

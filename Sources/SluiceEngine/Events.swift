import SluiceModel

/// What happened since the last turn, in order.
///
/// As with `Effects`, what comes with every request is kept without references, and the rest, and
/// the names of functions, beside it.
public struct Events: Sendable {
    /// One event; for what each means see `Event`.
    enum Occurrence: BitwiseCopyable {
        /// - function: which of `names`.
        case submitted(ClientID, function: Int, Ask)
        case started(WorkerID, GrantID, item: Int?)
        case reported(WorkerID, GrantID, item: Int, ReportKind, BodyID)
        case answered(WorkerID, GrantID, item: Int, Answer, BodyID)
        /// See `others`.
        case other(Int)
    }

    private(set) var occurrences: [Occurrence] = []
    private(set) var others: [Event] = []
    private(set) var names: [String] = []

    public init() {}

    public var isEmpty: Bool { occurrences.isEmpty }

    public mutating func append(_ event: Event) {
        switch event {
        case .submitted(let client, let submission) where submission.caller == nil:
            submit(submission.function, submission.ask, from: client)
        case .started(let worker, let grant, let item): start(item, of: grant, by: worker)
        case .reported(let worker, let grant, let item, let kind, let body):
            report(kind, body, item, of: grant, by: worker)
        case .answered(let worker, let grant, let item, let answer, let body):
            self.answer(answer, body, item, of: grant, by: worker)
        case .submitted, .clientJoined, .clientLeft, .cancelled, .watched, .workerJoined,
            .workerLeft,
            .declared, .ready, .ranOutOfMemory, .commanded, .remembered, .restored, .configured,
            .observed, .reclaimed, .holding, .restarted, .fetched, .listenerLeft, .store,
            .repeated,
            .learned, .processEnded, .leaseAsked, .devicesFound, .deviceSampled, .deviceTroubled:
            occurrences.append(.other(others.count))
            others.append(event)
        }
    }

    public mutating func append(_ events: [Event]) {
        for event in events { append(event) }
    }

    /// Room that is kept: what a burst took beyond it shall not stay paid for.
    private static let keptRoom = 1 << 16

    /// Forgets everything but the room it took.
    public mutating func removeAll() {
        occurrences.removeAll(keepingCapacity: occurrences.capacity <= Self.keptRoom)
        // Emptying an array costs something even where nothing is in it.
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
        if !names.isEmpty { names.removeAll(keepingCapacity: true) }
    }

    // MARK: What comes with every request

    /// `Event.submitted`, but on nobody's behalf.
    public mutating func submit(_ function: String, _ ask: Ask, from client: ClientID) {
        // Most of a turn is about few functions.
        if names.last != function { names.append(function) }
        occurrences.append(.submitted(client, function: names.count - 1, ask))
    }

    /// `Event.started`.
    public mutating func start(_ item: Int?, of grant: GrantID, by worker: WorkerID) {
        occurrences.append(.started(worker, grant, item: item))
    }

    /// `Event.reported`.
    public mutating func report(
        _ kind: ReportKind, _ body: BodyID, _ item: Int, of grant: GrantID, by worker: WorkerID
    ) {
        occurrences.append(.reported(worker, grant, item: item, kind, body))
    }

    /// `Event.answered`.
    public mutating func answer(
        _ answer: Answer, _ body: BodyID, _ item: Int, of grant: GrantID, by worker: WorkerID
    ) {
        occurrences.append(.answered(worker, grant, item: item, answer, body))
    }
}

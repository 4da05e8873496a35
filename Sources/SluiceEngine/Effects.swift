import SluiceModel

/// What the engine wants done in one turn, in order: a sequence of `Effect`.
///
/// Most of it comes with every request and is kept as a `Step`, in which there is no reference: a
/// step is copied and forgotten without a look at what it is, and there are half a dozen of them
/// for each request. The rest is kept beside them.
public struct Effects: Sequence, Sendable {
    /// One effect; for what each means see `Effect`.
    public enum Step: BitwiseCopyable, Sendable {
        case admitted(ClientID, RequestNumber, RequestID, isGranted: Bool)
        case status(ClientID, RequestNumber, Status)
        case started(ClientID, RequestNumber, attempt: Int)
        case report(ClientID, RequestNumber, ReportKind, BodyID, AnswerSource?)
        case outcome(ClientID?, RequestNumber, Conclusion)
        case release(BodyID)
        case item(WorkerID, GrantID, index: Int, RequestID, attempt: Int, BodyID)
        case revoke(WorkerID, GrantID, item: Int?)
        case acknowledge(WorkerID, GrantID, item: Int?)
        case drain(WorkerID)
        /// See `others`.
        case other(Int)
    }

    public private(set) var steps: [Step] = []
    public private(set) var others: [Effect] = []

    public init() {}

    mutating func append(_ step: Step) { steps.append(step) }

    mutating func append(other effect: Effect) {
        steps.append(.other(others.count))
        others.append(effect)
    }

    /// Room that is kept: what a burst took beyond it shall not stay paid for.
    private static let keptRoom = 1 << 16

    /// Forgets everything but the room it took.
    public mutating func removeAll() {
        steps.removeAll(keepingCapacity: steps.capacity <= Self.keptRoom)
        // Emptying an array costs something even where nothing is in it.
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
    }

    public func makeIterator() -> Iterator { Iterator(effects: self) }

    public struct Iterator: IteratorProtocol {
        fileprivate let effects: Effects
        private var position = 0

        fileprivate init(effects: Effects) { self.effects = effects }

        public mutating func next() -> Effect? {
            guard position < effects.steps.count else { return nil }
            defer { position += 1 }
            return effects.effect(effects.steps[position])
        }
    }

    private func effect(_ step: Step) -> Effect {
        switch step {
        case .admitted(let client, let number, let request, let isGranted):
            .admitted(client, number, request, isGranted: isGranted)
        case .status(let client, let number, let status): .status(client, number, status)
        case .started(let client, let number, let attempt):
            .started(client, number, attempt: attempt)
        case .report(let client, let number, let kind, let body, let source):
            .report(client, number, kind, body, source)
        case .outcome(let client, let number, let conclusion):
            .outcome(client, number, conclusion)
        case .release(let body): .release(body)
        case .item(let worker, let grant, let index, let request, let attempt, let body):
            .item(worker, grant, index: index, request, attempt: attempt, body)
        case .revoke(let worker, let grant, let item): .revoke(worker, grant, item: item)
        case .acknowledge(let worker, let grant, let item):
            .acknowledge(worker, grant, item: item)
        case .drain(let worker): .drain(worker)
        case .other(let index): others[index]
        }
    }
}

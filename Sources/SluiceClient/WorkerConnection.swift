import SluiceModel
import SluiceWire

/// A worker's connection, at its smallest: declare, take grants, answer. For tests, the bench and
/// Swift programs that bring their own loop; it neither reconnects nor keeps answers.
///
///     let worker = try WorkerConnection(name: "echo")
///     try worker.declare("echo")
///     try worker.ready(slots: 1)
///     while case .grant(let grant) = try worker.nextOrder() {
///         for item in grant.items { try worker.answer(grant.id, item.index, item.content) }
///     }
public final class WorkerConnection {
    let link: FrameLink
    /// Orders that came while an answer to DECLARE was waited for.
    private var setAside: [Order] = []

    /// What the daemon asks of a worker.
    public enum Order: Hashable, Sendable {
        case grant(Grant)
        /// Stop with one item, or with the whole grant.
        case revoke(GrantID, item: Int?)
        /// An answer has arrived for good.
        case acknowledge(GrantID, item: Int?)
        /// Finish what is in hand and go.
        case drain
    }

    /// A batch, whole.
    public struct Grant: Hashable, Sendable {
        public var id: GrantID
        public var function: String
        public var items: [Item]
    }

    /// One request of a batch.
    public struct Item: Hashable, Sendable {
        public var index: Int
        public var attempt: Int
        public var request: RequestID
        public var content: Content
    }

    public var welcome: Welcome { link.welcome }

    /// - Parameter name: of the worker, for people.
    public init(runtimeDirectory: String? = nil, name: String? = nil) throws(ClientError) {
        link = try FrameLink(
            connectingTo: DaemonSocket.worker.path(in: runtimeDirectory), name: name)
    }

    /// Says that it serves a function, and waits for the queue it waits in.
    @discardableResult
    public func declare(
        _ function: String, _ settings: FunctionSettings = FunctionSettings()
    ) throws(ClientError) -> Declared {
        for name in [function, settings.concurrencyID ?? function] where !Name.isValid(name) {
            throw .invalidName(name)
        }
        let declaration = FunctionDeclaration(
            Declaration(function: function, settings: settings))
        try say(.declare(declaration))
        while true {
            switch try receive() {
            case .declared(let declared): return declared
            case .order(let order): setAside.append(order)
            }
        }
    }

    /// How many batches it runs at once from now on, those it runs already included.
    public func ready(slots: Int) throws(ClientError) {
        try say(.ready(slots: slots))
        try link.flush()
    }

    /// The next order, after waiting for it.
    public func nextOrder() throws(ClientError) -> Order {
        guard setAside.isEmpty else { return setAside.removeFirst() }
        while true {
            if case .order(let order) = try receive() { return order }
        }
    }

    func say(_ message: WorkerMessage) throws(ClientError) {
        try link.send { out in message.encode(into: &out) }
    }

    private enum Heard {
        case declared(Declared)
        case order(Order)
    }

    private func receive() throws(ClientError) -> Heard {
        while true {
            switch try nextMessage() {
            case .declared(let declared): return .declared(declared)
            case .grant(let id, let count, let function):
                return .order(.grant(try grant(id, count: count, function: function)))
            case .item: throw .protocolViolation("ITEM without its GRANT")
            case .revoke(let id, let item): return .order(.revoke(id, item: item))
            case .acknowledge(let id, let item): return .order(.acknowledge(id, item: item))
            case .drain: return .order(.drain)
            case .link(let message): try link.heed(message)
            }
        }
    }

    /// The items follow their grant at once, so waiting for them is waiting for one message.
    private func grant(
        _ id: GrantID, count: Int, function: String
    ) throws(ClientError) -> Grant {
        var grant = Grant(id: id, function: function, items: [])
        while grant.items.count < count {
            guard case .item(id, let item) = try nextMessage(), item.index == grant.items.count
            else { throw .protocolViolation("GRANT without its ITEM \(grant.items.count)") }
            grant.items.append(
                Item(
                    index: item.index, attempt: item.attempt, request: item.request,
                    content: try Content(item.payload, from: &link.descriptors)))
        }
        return grant
    }

    private func nextMessage() throws(ClientError) -> WorkerOrder {
        let frame = try link.nextFrame()
        do {
            return try WorkerOrder(frame, &link.strings)
        } catch {
            throw .protocolViolation(error.description)
        }
    }
}

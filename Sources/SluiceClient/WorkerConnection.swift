import SluiceModel
import SluiceWire

/// A worker's connection, at its smallest: declare, take grants, answer. For tests and Swift
/// programs that bring their own loop.
///
///     let worker = try WorkerConnection(name: "echo")
///     try worker.declare("echo")
///     try worker.ready(slots: 1)
///     while case .grant(let grant) = try worker.nextOrder() {
///         for item in grant.items { try worker.answer(grant.id, item.index, item.content) }
///     }
///
/// A restart or crash of the daemon is not seen: a call that finds the daemon gone waits until it
/// is back, says what is in hand, with everything that was said of it, and goes on. Grants keep
/// their ids. See `HeldGrants`.
public final class WorkerConnection {
    private(set) var link: FrameLink
    /// What it asked for, or has, of devices; see `WorkerConnection+Devices`.
    var binding: Binding?
    private var reconnection: Reconnection
    var held = HeldGrants()
    /// As they were said last.
    private var declarations: [Declaration] = []
    private var slots: Int?
    /// Orders that came while something else was waited for.
    private var setAside: [Order] = []
    /// Whether the last declaration is waited for, and how many are answered before it that were
    /// said again.
    private var isDeclaring = false
    private var declaredAgain = 0

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
        /// On which it is to run; none: on those of `bind`, if on any.
        public var devices: [String] = []
    }

    /// One request of a batch.
    public struct Item: Hashable, Sendable {
        public var index: Int
        public var attempt: Int
        public var request: RequestID
        public var content: Content
    }

    /// Called when the daemon went and is back, by whatever call waits then.
    public var onReturn: (() -> Void)?

    public var welcome: Welcome { link.welcome }

    /// - Parameters:
    ///   - name: of the worker, for people.
    ///   - absence: patience with a daemon that went, until it is back and says welcome again; then
    ///     calls end with `ClientError.notBack`. A limit of zero is for who does not want to wait.
    public init(
        runtimeDirectory: String? = nil, name: String? = nil, absence: Patience = .endless
    ) throws(ClientError) {
        reconnection = try Reconnection(
            to: .worker, in: runtimeDirectory, name: name, absence)
        link = try reconnection.open(.endless)
    }

    /// Says that it serves a function, and waits for the queue it waits in. A daemon that does not
    /// know of devices is not told what the settings say of them; a warning says so.
    @discardableResult
    public func declare(
        _ function: String, _ settings: FunctionSettings = FunctionSettings()
    ) throws(ClientError) -> Declared {
        for name in [function, settings.concurrencyID ?? function] where !Name.isValid(name) {
            throw .invalidName(name)
        }
        let declaration = Declaration(function: function, settings: settings)
        declarations.removeAll { $0.function == function }
        declarations.append(declaration)
        isDeclaring = true
        defer { isDeclaring = false }
        try link.send(declaration)
        while true {
            switch try hear() {
            case .declared(let declared): return link.warned(declared, of: settings)
            case .order(let order): setAside.append(order)
            case .bound, nil: continue
            }
        }
    }

    var hasDeclared: Bool { !declarations.isEmpty }

    /// Waits for BOUND.
    func awaitBound() throws(ClientError) -> Bound {
        while true {
            switch try hear() {
            case .bound(let bound): return bound
            case .order(let order): setAside.append(order)
            case .declared, nil: continue
            }
        }
    }

    /// How many batches it runs at once from now on, those it runs already included.
    public func ready(slots: Int) throws(ClientError) {
        self.slots = slots
        try say(.ready(slots: slots))
        try flush()
    }

    /// The next order, after waiting for it.
    public func nextOrder() throws(ClientError) -> Order {
        guard setAside.isEmpty else { return setAside.removeFirst() }
        while true {
            if case .order(let order) = try hear() { return order }
        }
    }

    /// Takes in what the daemon said so far and, while the client of an item has more to read than
    /// it does, waits until it has read. Call it before each chunk of a stream: who goes on all the
    /// same has its client sent away, once too much waits for it. It returns, too, when the item is
    /// revoked, which `nextOrder` then says, and when the daemon went and is back.
    public func waitForReader(of grant: GrantID, _ item: Int) throws(ClientError) {
        try flush()
        while true {
            if !held.isPaused(grant, item: item) {
                // Typed throws do not pass through the operators of Booleans.
                guard try link.hasArrivals() else { return }
            }
            if case .order(let order) = try hear() { setAside.append(order) }
        }
    }

    /// Sends what was said.
    public func flush() throws(ClientError) {
        try link.flush()
        try settle()
    }

    /// Where the daemon went while we were talking, waits for it to be back.
    func settle() throws(ClientError) {
        while link.isBroken {
            if case .order(let order) = try hear() { setAside.append(order) }
        }
    }

    func say(_ message: WorkerMessage) throws(ClientError) {
        try link.send { out in message.encode(into: &out) }
        try settle()
    }

    // MARK: Hearing

    private enum Heard {
        case declared(Declared)
        case bound(Bound)
        case order(Order)
    }

    /// Waits for something to come, or for the daemon to be back; nil: nobody needs to know.
    private func hear() throws(ClientError) -> Heard? {
        let patience = link.isLeaving ? reconnection.patienceWithLeaving() : .endless
        do throws(ClientError) {
            let order = try nextMessage(patience)
            if !link.isLeaving { reconnection.heard() }
            return try take(order)
        } catch {
            guard error.isEnd else { throw error }
            try comeBack()
            return nil
        }
    }

    private func take(_ order: WorkerOrder) throws(ClientError) -> Heard? {
        switch order {
        case .declared(let declared):
            guard declaredAgain == 0 else {
                declaredAgain -= 1
                return nil
            }
            return .declared(declared)
        case .bound(let bound): return try take(bound) ? .bound(bound) : nil
        case .grant(let id, let count, let function, let devices):
            var grant = try grant(id, count: count, function: function)
            grant.devices = devices
            held.take(grant, from: welcome.instance)
            return .order(.grant(grant))
        case .item: throw .protocolViolation("ITEM without its GRANT")
        case .revoke(let id, let item):
            held.revoke(id, item: item)
            return .order(.revoke(id, item: item))
        case .pause(let id, let item):
            held.pause(id, item: item, true)
            return nil
        case .resume(let id, let item):
            held.pause(id, item: item, false)
            return nil
        case .acknowledge(let id, let item):
            held.acknowledge(id, item: item)
            return .order(.acknowledge(id, item: item))
        case .drain: return .order(.drain)
        case .link(let message):
            try link.heed(message)
            return nil
        }
    }

    /// The items follow their grant at once, so waiting for them is waiting for one message.
    private func grant(
        _ id: GrantID, count: Int, function: String
    ) throws(ClientError) -> Grant {
        var grant = Grant(id: id, function: function, items: [])
        while grant.items.count < count {
            guard case .item(id, let item) = try nextMessage(.endless),
                item.index == grant.items.count
            else { throw .protocolViolation("GRANT without its ITEM \(grant.items.count)") }
            grant.items.append(
                Item(
                    index: item.index, attempt: item.attempt, request: item.request,
                    content: try Content(item.payload, from: &link.descriptors)))
        }
        return grant
    }

    private func nextMessage(_ patience: Patience) throws(ClientError) -> WorkerOrder {
        let frame = try link.nextFrame(patience)
        do {
            return try WorkerOrder(frame, &link.strings)
        } catch {
            throw .protocolViolation(error.description)
        }
    }

    // MARK: Coming back

    /// The lease comes first: what is declared and held may need it. READY comes last: what is held
    /// after it would be revoked.
    private func comeBack() throws(ClientError) {
        link = try reconnection.reopen()
        held.resumeAll()
        try bindAgain()
        for declaration in declarations { try link.send(declaration) }
        declaredAgain = declarations.count - (isDeclaring ? 1 : 0)
        for grant in held.inOrder { try link.send(again: grant) }
        if let slots {
            try link.send { out in WorkerMessage.ready(slots: slots).encode(into: &out) }
        }
        try link.flush()
        onReturn?()
    }
}

extension FrameLink {
    fileprivate func send(_ declaration: Declaration) throws(ClientError) {
        var declaration = declaration
        if !offersDevices { declaration.settings.forgetDevices() }
        try send { out in
            WorkerMessage.declare(FunctionDeclaration(declaration)).encode(into: &out)
        }
    }
}

import SluiceModel

/// All that a worker can say once its connection is open. An item is one request of a grant.
///
///     ITEM --> STARTED --> (PROGRESS | LOG | CHUNK)* --> RESULT | FAILED --> ACK
public enum WorkerMessage: Equatable {
    /// Boxed: it is large and rare, and a result should not be moved around at its size.
    indirect case declare(FunctionDeclaration)
    /// How many batches it will run at once from now on.
    case ready(slots: Int)
    /// It began with one item, or with all of them.
    case started(GrantID, item: Int?)
    case progress(GrantID, item: Int, Progress)
    case log(GrantID, item: Int, LogLine)
    case chunk(GrantID, item: Int, Chunk)
    case result(GrantID, item: Int, Payload)
    case failed(GrantID, item: Int, Failure)
    /// All items not answered yet did not fit into the device's memory together.
    case outOfMemory(GrantID, message: String)
    /// It still has this grant of an earlier connection in hand.
    case holding(GrantID, Holding)
    /// It wants devices, or has them; before any declaration. Boxed: it is large, and comes once.
    indirect case bind(Binding)
    case link(LinkMessage)

    /// Takes a frame for what a worker says. What is inline in it is valid as long as the frame.
    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        let grant = GrantID(rawValue: frame.id)
        var body = BodyReader(frame)
        switch frame.kind {
        case .declare: self = .declare(try FunctionDeclaration(&body, &strings))
        case .ready: self = .ready(slots: try body.count("slots", in: 0...Limits.slotsPerWorker))
        case .itemStarted: self = .started(grant, item: try body.itemOrAll())
        case .itemProgress: self = .progress(grant, item: try body.item(), try Progress(&body))
        case .itemLog: self = .log(grant, item: try body.item(), try LogLine(&body))
        case .itemChunk: self = .chunk(grant, item: try body.item(), try Chunk(&body, &strings))
        case .result:
            let result = try ItemResult(frame, &strings)
            self = .result(grant, item: result.item, Payload(result.payload, &strings))
            return
        case .failed: self = .failed(grant, item: try body.item(), try Failure(&body, &strings))
        case .outOfMemory: self = .outOfMemory(grant, message: try body.text("message"))
        case .holding: self = .holding(grant, try Holding(&body, &strings))
        case .bind: self = .bind(try Binding(&body, &strings))
        default:
            self = .link(try LinkMessage(frame, from: .peer, &strings))
            return
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        switch self {
        case .declare(let declaration): declaration.encode(into: &out)
        case .ready(let slots): out.frame(.ready) { out in out.put(number: slots) }
        case .started(let grant, let item):
            out.frame(.itemStarted, id: grant.rawValue) { out in out.put(item: item) }
        case .progress(let grant, let item, let progress):
            out.frame(.itemProgress, grant, item) { out in progress.encode(into: &out) }
        case .log(let grant, let item, let line):
            out.frame(.itemLog, grant, item) { out in line.encode(into: &out) }
        case .chunk(let grant, let item, let chunk):
            out.frame(.itemChunk, grant, item, chunk.payload.flags) { out in
                chunk.encode(into: &out)
            }
        case .result(let grant, let item, let payload):
            out.frame(.result, grant, item, payload.flags) { out in out.putAttributed(payload) }
        case .failed(let grant, let item, let failure):
            out.frame(.failed, grant, item, failure.payload.flags) { out in
                failure.encode(into: &out)
            }
        case .outOfMemory(let grant, let message):
            out.frame(.outOfMemory, id: grant.rawValue) { out in out.put(text: message) }
        case .holding(let grant, let holding):
            out.frame(.holding, id: grant.rawValue) { out in holding.encode(into: &out) }
        case .bind(let binding): binding.encode(into: &out)
        case .link(let message): message.encode(into: &out)
        }
    }
}

/// The answer that most items get, by itself: it comes with every request.
public struct ItemResult {
    public var item: Int
    public var payload: RawPayload

    /// Takes a RESULT for what a worker answers; see `WorkerMessage`.
    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        precondition(frame.kind == .result, "\(frame.kind) is no RESULT")
        var body = BodyReader(frame)
        item = try body.item()
        payload = try body.rawPayload(&strings)
        try body.end()
    }
}

/// An item that has no result.
public struct Failure: Equatable {
    public enum Reason: UInt8, Hashable, Sendable {
        /// The function raised.
        case raised = 1
        /// The worker stopped because of REVOKE.
        case stopped = 2
    }

    public var reason: Reason
    public var message: String
    public var payload: Payload

    public init(
        _ reason: Reason, message: String = "", payload: Payload = .empty
    ) {
        self.reason = reason
        self.message = message
        self.payload = payload
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        guard let reason = Reason(rawValue: try body.integer("failure")) else {
            throw body.fault("failure", .outOfRange)
        }
        self.reason = reason
        message = try body.text("message")
        payload = try body.attributedPayload(&strings)
    }

    func encode(into out: inout OutputBuffer) {
        out.put(reason.rawValue)
        out.put(text: message)
        out.putAttributed(payload)
    }
}

/// What a worker that comes back still has of one grant.
public struct Holding: Hashable, Sendable {
    public struct Item: Hashable, Sendable {
        /// 0: its answer was acknowledged.
        public var request: RequestID
        public var attempt: Int

        public init(request: RequestID, attempt: Int) {
            self.request = request
            self.attempt = attempt
        }
    }

    /// The daemon that gave the grant.
    public var instance: UniqueID
    public var function: String
    public var items: [Item]
    /// Those that the grant named. Said only to a daemon that has the feature `devices`.
    public var devices: [String]

    /// - Parameter items: in the order of their indices; at least one, at most a batch.
    public init(
        instance: UniqueID, function: String, items: [Item], devices: [String] = []
    ) {
        self.instance = instance
        self.function = function
        self.items = items
        self.devices = devices
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        instance = try body.uniqueID("instance")
        function = try body.name("function", &strings)
        let count = try body.count("count", in: 1...Limits.batchSize)
        guard body.remaining >= 12 * count else { throw body.fault("count", .endsEarly) }
        items = []
        items.reserveCapacity(count)
        for _ in 0..<count {
            let request = RequestID(rawValue: try body.integer("request"))
            let attempt = Int(try body.integer("attempt", as: UInt32.self))
            items.append(Item(request: request, attempt: attempt))
        }
        // Who names no devices need not know that there could be some.
        devices = body.remaining == 0 ? [] : try body.devices(&strings)
    }

    func encode(into out: inout OutputBuffer) {
        out.put(instance)
        out.put(name: function)
        out.put(number: items.count)
        for item in items {
            out.put(item.request.rawValue)
            out.put(number: item.attempt)
        }
        guard !devices.isEmpty else { return }
        out.putAttributes { out in out.put(.devices, names: devices) }
    }
}

extension OutputBuffer {
    /// A frame about one item of a grant.
    fileprivate mutating func frame(
        _ kind: Kind, _ grant: GrantID, _ item: Int, _ flags: FrameFlags = [],
        _ body: (inout OutputBuffer) -> Void
    ) {
        frame(kind, id: grant.rawValue, flags: flags) { out in
            out.put(number: item)
            body(&out)
        }
    }
}

import SluiceModel

/// All that the daemon can tell a worker once the connection is open.
public enum WorkerOrder: Equatable {
    /// The answer to DECLARE, in order.
    case declared(Declared)
    /// The devices that it asked for are its own.
    case bound(Bound)
    /// Exactly `count` items of one function follow at once. They are to run on these devices;
    /// none: on those that the worker has itself, if any.
    case grant(GrantID, count: Int, function: String, devices: [String])
    case item(GrantID, GrantedItem)
    /// Stop with one item, or with the whole grant.
    case revoke(GrantID, item: Int?)
    /// The answer is not needed any more: of one item, or of the whole grant.
    case acknowledge(GrantID, item: Int?)
    /// Finish what is in hand and go.
    case drain
    /// Say no more chunks of an item for a while, and then again.
    case pause(GrantID, item: Int)
    case resume(GrantID, item: Int)
    case link(LinkMessage)

    /// Takes a frame for what the daemon says. What is inline in it is valid as long as the frame.
    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        let grant = GrantID(rawValue: frame.id)
        var body = BodyReader(frame)
        switch frame.kind {
        case .declared: self = .declared(try Declared(&body, &strings))
        case .bound: self = .bound(try Bound(&body, &strings))
        case .grant:
            let count = try body.count("count", in: 1...Limits.batchSize)
            let function = try body.name("function", &strings)
            let devices = try body.devices(&strings)
            self = .grant(grant, count: count, function: function, devices: devices)
        case .item: self = .item(grant, try GrantedItem(&body, &strings))
        case .revoke: self = .revoke(grant, item: try body.itemOrAll())
        case .acknowledge: self = .acknowledge(grant, item: try body.itemOrAll())
        case .drain: self = .drain
        case .pause: self = .pause(grant, item: try body.item())
        case .resume: self = .resume(grant, item: try body.item())
        default:
            self = .link(try LinkMessage(frame, from: .daemon, &strings))
            return
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        switch self {
        case .declared(let declared): declared.encode(into: &out)
        case .bound(let bound): bound.encode(into: &out)
        case .grant(let grant, let count, let function, let devices):
            out.frame(.grant, id: grant.rawValue) { out in
                out.put(number: count)
                out.put(name: function)
                out.putAttributes { out in out.put(.devices, names: devices) }
            }
        case .item(let grant, let item): item.encode(grant, into: &out)
        case .revoke(let grant, let item):
            out.frame(.revoke, id: grant.rawValue) { out in out.put(item: item) }
        case .acknowledge(let grant, let item):
            out.frame(.acknowledge, id: grant.rawValue) { out in out.put(item: item) }
        case .drain: out.frame(.drain) { _ in }
        case .pause(let grant, let item):
            out.frame(.pause, id: grant.rawValue) { out in out.put(item: item) }
        case .resume(let grant, let item):
            out.frame(.resume, id: grant.rawValue) { out in out.put(item: item) }
        case .link(let message): message.encode(into: &out)
        }
    }
}

/// A declaration holds.
public struct Declared: Hashable, Sendable {
    public var function: String
    /// Where its requests wait.
    public var queue: String
    /// What the developer should know.
    public var warning: String?

    public init(function: String, queue: String, warning: String? = nil) {
        self.function = function
        self.queue = queue
        self.warning = warning
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        function = try body.name("function", &strings)
        queue = try body.name("queue", &strings)
        warning = try body.warning()
    }

    func encode(into out: inout OutputBuffer) {
        out.frame(.declared) { out in
            out.put(name: function)
            out.put(name: queue)
            out.putAttributes { out in out.put(.warning, text: warning) }
        }
    }
}

/// One request of a grant.
public struct GrantedItem: Equatable {
    public var index: Int
    public var attempt: Int
    public var request: RequestID
    public var payload: Payload

    public init(index: Int, attempt: Int, request: RequestID, payload: Payload) {
        self.index = index
        self.attempt = attempt
        self.request = request
        self.payload = payload
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        index = try body.item("index")
        attempt = Int(try body.integer("attempt", as: UInt32.self))
        request = RequestID(rawValue: try body.integer("request"))
        payload = try body.attributedPayload(&strings)
    }

    func encode(_ grant: GrantID, into out: inout OutputBuffer) {
        out.frame(.item, id: grant.rawValue, flags: payload.flags) { out in
            out.put(number: index)
            out.put(number: attempt)
            out.put(request.rawValue)
            out.putAttributed(payload)
        }
    }
}

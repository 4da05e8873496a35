import SluiceModel

/// All that the daemon can tell a client once the connection is open.
///
///     SUBMIT --> ADMITTED --> STATUS* --> STARTED --> (PROGRESS | LOG | CHUNK)* --> OUTCOME
///        |                       ^           |
///        |                       +--- retry -+
///        +--> OUTCOME rejected
public enum ClientEvent: Equatable {
    case admitted(RequestNumber, Admitted)
    case status(RequestNumber, StatusUpdate)
    case started(RequestNumber, attempt: Int)
    case progress(RequestNumber, Progress)
    case log(RequestNumber, LogLine)
    case chunk(RequestNumber, Chunk)
    case outcome(RequestNumber, OutcomeReport)
    case link(LinkMessage)

    /// Takes a frame for what the daemon says. What is inline in it is valid as long as the frame.
    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        let number = RequestNumber(rawValue: frame.id)
        var body = BodyReader(frame)
        switch frame.kind {
        case .admitted: self = .admitted(number, try Admitted(&body))
        case .status: self = .status(number, try StatusUpdate(&body))
        case .started:
            self = .started(number, attempt: Int(try body.integer("attempt", as: UInt32.self)))
        case .progress: self = .progress(number, try Progress(&body))
        case .log: self = .log(number, try LogLine(&body))
        case .chunk: self = .chunk(number, try Chunk(&body, &strings))
        case .outcome: self = .outcome(number, try OutcomeReport(&body, &strings))
        default:
            self = .link(try LinkMessage(frame, from: .daemon, &strings))
            return
        }
        try body.end()
    }

    public func encode(into out: inout OutputBuffer) {
        switch self {
        case .admitted(let number, let admitted): admitted.encode(number, into: &out)
        case .status(let number, let status): status.encode(number, into: &out)
        case .started(let number, let attempt):
            out.frame(.started, id: number.rawValue) { out in out.put(number: attempt) }
        case .progress(let number, let progress):
            out.frame(.progress, id: number.rawValue) { out in progress.encode(into: &out) }
        case .log(let number, let line):
            out.frame(.log, id: number.rawValue) { out in line.encode(into: &out) }
        case .chunk(let number, let chunk):
            out.frame(.chunk, id: number.rawValue, flags: chunk.payload.flags) { out in
                chunk.encode(into: &out)
            }
        case .outcome(let number, let report): report.encode(number, into: &out)
        case .link(let message): message.encode(into: &out)
        }
    }
}

/// A request was accepted.
public struct Admitted: Equatable, Sendable {
    public var request: RequestID
    public var ticket: Ticket
    /// Something to tell the developer.
    public var warning: String?

    public init(request: RequestID, ticket: Ticket, warning: String? = nil) {
        self.request = request
        self.ticket = ticket
        self.warning = warning
    }

    init(_ body: inout BodyReader) throws(WireError) {
        request = RequestID(rawValue: try body.integer("request"))
        ticket = try body.ticket()
        warning = try body.warning()
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        out.frame(.admitted, id: number.rawValue) { out in
            out.put(request.rawValue)
            out.put(ticket)
            out.putAttributes { out in out.put(.warning, text: warning) }
        }
    }
}

/// Where a waiting request stands.
public struct StatusUpdate: Hashable, Sendable {
    /// Requests of the queue ahead; 0 is next.
    public var rank: Int
    public var waiting: Int
    /// Until the outcome; nil where nobody can tell.
    public var p50: Duration?
    public var p90: Duration?
    /// Whether an operator or a missing worker holds it.
    public var held: Bool

    public init(rank: Int, waiting: Int, p50: Duration?, p90: Duration?, held: Bool) {
        self.rank = rank
        self.waiting = waiting
        self.p50 = p50
        self.p90 = p90
        self.held = held
    }

    init(_ body: inout BodyReader) throws(WireError) {
        rank = Int(try body.integer("rank", as: UInt32.self))
        waiting = Int(try body.integer("waiting", as: UInt32.self))
        p50 = try body.prediction("p50")
        p90 = try body.prediction("p90")
        held = try body.truth("held")
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        out.frame(.status, id: number.rawValue) { out in
            out.put(number: rank)
            out.put(number: waiting)
            out.put(p50?.wireMicroseconds ?? .max)
            out.put(p90?.wireMicroseconds ?? .max)
            out.put(held)
        }
    }
}

extension BodyReader {
    /// A duration, or nil where it is not known.
    fileprivate mutating func prediction(_ field: String) throws(WireError) -> Duration? {
        let microseconds = try integer(field, as: UInt64.self)
        guard microseconds != .max else { return nil }
        guard let duration = Duration(wireMicroseconds: microseconds) else {
            throw fault(field, .outOfRange)
        }
        return duration
    }

    /// The attributes of a frame that may have a warning and nothing else.
    mutating func warning() throws(WireError) -> String? {
        var warning: String?
        var attributes = try attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .warning: warning = try attributes.text()
            default: try attributes.refuse(tag)
            }
        }
        return warning
    }
}

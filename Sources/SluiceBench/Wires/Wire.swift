import SluiceSystem
import SluiceWire

/// How payloads travel.
public enum Passing: String, CaseIterable, Sendable {
    /// In the frame.
    case inline
    /// In a sealed memfd that is made for each request, and another for each answer.
    case fresh
    /// In a sealed memfd that the client keeps for the next request, and that comes back.
    case reused
}

/// What a client hears from a broker, as far as it matters to a load.
enum Answer {
    /// The result of a request. What is inline is valid until the wire is next asked.
    case completed(UInt64, Payload.Content)
    /// All that was sent before the ping was taken in.
    case pong
    case status
    /// Nothing that is counted.
    case other
}

/// What a socket of a client is for. Where waiting for an answer holds up the socket, a client
/// needs two.
enum Side: UInt64 {
    case requests = 0
    case answers
}

/// A protocol as a client speaks it. The generator is compiled for each, so that neither pays for
/// the other.
protocol ClientWire: ~Copyable {
    init()
    /// The sockets that it needs. An answer may come on any of them.
    static var sides: [Side] { get }
    /// Whether a line ends after the payload of a request.
    static var endsLines: Bool { get }
    /// The frame of a request without its payload.
    static func request(of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int)
        -> FrameTemplate
    /// Puts where to answer into the frame of a request.
    func sign(_ frame: inout FrameTemplate)
    func open(into out: inout Outbox, on side: Side) throws(BenchError)
    /// Asks, on the side of the requests, for an answer that comes after all that was sent.
    func ping(into out: inout Outbox)
    /// Takes in what has come.
    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received
    mutating func next(on side: Side) throws(BenchError) -> Answer?
    /// Sends what has come in calls for.
    mutating func reply(into out: inout Outbox, on side: Side)
    /// The descriptor of the answer just returned.
    mutating func takeDescriptor() -> Descriptor?
}

/// As it is with one socket, binary frames and answers that nobody has to ask for.
extension ClientWire where Self: ~Copyable {
    static var sides: [Side] { [.requests] }
    static var endsLines: Bool { false }
    func sign(_ frame: inout FrameTemplate) {}
    mutating func reply(into out: inout Outbox, on side: Side) {}
    mutating func takeDescriptor() -> Descriptor? { nil }
}

/// A protocol as the echo worker speaks it.
protocol WorkerWire: ~Copyable {
    init(_ job: EchoJob, functions: Range<Int>)
    /// Says hello and what it serves.
    mutating func open(into out: inout Outbox) throws(BenchError)
    /// Whether the broker is known to have taken that in.
    var isOpen: Bool { get }
    mutating func receive(from socket: borrowing Descriptor) -> Received
    /// Answers all that has come, with its own bytes. What `out` refers to is good until `flush`.
    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError)
}

/// What the echo worker does.
public struct EchoJob: Sendable {
    public var path: String
    public var connections = 1
    /// How many functions there are, over all connections. One is called `echo`, more `echo0`, …
    public var functions = 1
    public var batch = 1
    public var slots = 1
    public var passing = Passing.inline
    /// Whether it looks at every byte of what it sends back.
    public var isReading = true

    /// - Parameter path: where the broker listens, as `Channel` takes it.
    public init(path: String) { self.path = path }

    static func function(_ index: Int, of count: Int) -> String {
        count == 1 ? "echo" : "echo\(index)"
    }
}

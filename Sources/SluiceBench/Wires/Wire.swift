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

/// A protocol as a client speaks it. The generator is compiled for each, so that neither pays for
/// the other.
protocol ClientWire: ~Copyable {
    init()
    /// The frame of a request without its payload.
    static func request(of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int)
        -> FrameTemplate
    func open(into out: inout Outbox) throws(BenchError)
    func ping(into out: inout Outbox)
    /// Takes in what has come.
    mutating func receive(from socket: borrowing Descriptor) -> Received
    mutating func next() throws(BenchError) -> Answer?
    /// The descriptor of the answer just returned.
    mutating func takeDescriptor() -> Descriptor?
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

    public init(path: String) { self.path = path }

    static func function(_ index: Int, of count: Int) -> String {
        count == 1 ? "echo" : "echo\(index)"
    }
}

import Glibc
@testable import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

@testable import SluiceDaemon

/// An edge and an engine with one function, nobody to serve it, and peers on socket pairs. Turns
/// are taken when asked for, at a time that is given.
struct EdgeLab: ~Copyable {
    var edge: Edge
    private var engine = Engine()
    private let loop: Loop
    private var ready: [Loop.Readiness] = []
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    /// Why clients were sent away.
    private(set) var dismissed: [String] = []
    /// Of each worker, in the order in which they joined, whether the engine heard that it heeds
    /// devices.
    private(set) var heeding: [Bool] = []

    init(_ change: (inout DaemonConfiguration) -> Void = { _ in }) throws {
        var limits = DaemonConfiguration()
        change(&limits)
        loop = try Loop()
        edge = Edge(
            tickets: Tickets(
                instance: UniqueID(high: 1, low: 2), key: TicketKey(Array(0..<16))),
            limits: limits, longestBody: Limits.incomingBody)
        var configuration = Configuration()
        configuration.functions["f"] = FunctionSettings()
        edge.intake.events.append(.configured(configuration))
    }

    /// A peer whose opening is over.
    mutating func join(
        _ role: Connection.Role = .client, _ features: Features = []
    ) throws -> LinkPeer {
        var ends: [CInt] = [0, 0]
        // SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
        guard socketpair(AF_UNIX, 1 | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
            throw SystemError("socketpair")
        }
        try edge.accept(Descriptor(adopting: ends[0]), role, loop: loop, at: now)
        let peer = LinkPeer(Descriptor(adopting: ends[1]))
        var hello = Hello(session: UniqueID(high: 1, low: 2))
        hello.features = features
        try peer.send { out in hello.encode(into: &out) }
        try turn()
        guard try peer.next()?.kind == .welcome else { throw Unexpected() }
        return peer
    }

    /// What a turn of the daemon does with its sockets.
    mutating func turn() throws {
        try loop.wait(until: .distantPast, into: &ready)
        for readiness in ready {
            switch Token(readiness.token) {
            case .client(let serial): serve(.client, serial, readiness)
            case .worker(let serial): serve(.worker, serial, readiness)
            case .process, .control, .listener, .systemd, .written, .stored, .units, .devices, nil:
                continue
            }
        }
        edge.serveUnserved()
        edge.endPatience(at: now)
        for case .workerJoined(_, _, _, let heedsDevices) in edge.intake.events.others {
            heeding.append(heedsDevices)
        }
        var effects = Effects()
        engine.turn(edge.intake.events, at: now, into: &effects)
        edge.intake.events.removeAll()
        for step in effects.steps {
            guard case .other(let index) = step else {
                edge.perform(step)
                continue
            }
            edge.perform(effects.others[index])
        }
        dismissed += edge.takeDismissals().map(\.farewell.message)
        try edge.flush(loop: loop, at: now)
    }

    private mutating func serve(
        _ role: Connection.Role, _ serial: UInt64, _ readiness: Loop.Readiness
    ) {
        guard let connection = edge.connections.find(role, serial) else { return }
        edge.serve(connection, readiness)
    }

    mutating func advance(by span: Duration) throws {
        now = now + span
        try turn()
    }

    /// Bytes that wait for a client, by the order in which they joined.
    mutating func unsent(_ client: UInt64 = 1) -> Int {
        edge.connections[client: ClientID(rawValue: client)]?.link.waitingBytes ?? 0
    }

    /// Whether something is remembered of streams to a client that does not read.
    mutating func remembersStreams(_ client: UInt64 = 1) -> Bool {
        edge.connections[client: ClientID(rawValue: client)]?.streams.isEmpty == false
    }

    var hasUnserved: Bool { edge.hasUnserved }
    var deadline: Instant? { edge.nextDeadline }
    var clients: Int { edge.connections.count(.client) }
    var pings: Int { edge.intake.pings.count }

    /// How many requests each client has waiting, by the order in which they joined.
    func waiting() -> [UInt64: Int] {
        engine.requestViews(limit: .max, at: now)
            .reduce(into: [:]) { $0[$1.client?.rawValue ?? 0, default: 0] += 1 }
    }
}

extension LinkPeer {
    func submit(_ numbers: ClosedRange<UInt64>, payload: [UInt8] = []) throws {
        try send { out in
            payload.withUnsafeBytes { bytes in
                let submit = Submit(function: "f", payload: Payload(nil, .inline(bytes)))
                for number in numbers {
                    ClientRequest.submit(RequestNumber(rawValue: number), submit)
                        .encode(into: &out)
                }
            }
        }
    }

    /// The frames that are here.
    func all() throws -> [Message] {
        var messages: [Message] = []
        while let message = try next() { messages.append(message) }
        return messages
    }
}

import SluiceSystem
import SluiceWire

/// A client of NATS: request and reply as its own clients do it, with a subject of this connection
/// for the replies.
struct NatsClient: ClientWire, ~Copyable {
    private var decoder = NatsDecoder()
    private let address = ReplyAddress.next()
    private var isAsked = false

    static var endsLines: Bool { true }

    static func request(
        of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int
    ) -> FrameTemplate {
        let hole = String(repeating: " ", count: ReplyAddress.size)
        return FrameTemplate(words: "PUB q \(hole) \(Envelope.size + payload)\r\n", hole: 6)
    }

    func sign(_ frame: inout FrameTemplate) { frame.store(address) }

    func open(into out: inout Outbox, on side: Side) {
        out.write { queue in
            queue.appendNatsHello()
            queue.append("SUB ")
            queue.append(address)
            queue.append(" 1\r\n")
        }
    }

    func ping(into out: inout Outbox) { out.write { queue in queue.append("PING\r\n") } }

    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received {
        decoder.receive(from: socket)
    }

    mutating func next(on side: Side) throws(BenchError) -> Answer? {
        switch try decoder.next() {
        case .message(let bytes, _):
            let envelope = try Envelope(bytes)
            return .completed(envelope.id, .inline(envelope.payload))
        case .ping:
            isAsked = true
            return .other
        case .pong: return .pong
        case .other: return .other
        case nil: return nil
        }
    }

    mutating func reply(into out: inout Outbox, on side: Side) {
        guard isAsked else { return }
        isAsked = false
        out.write { queue in queue.append("PONG\r\n") }
    }
}

/// The worker, one of a queue group. It is given requests as they come: what one read brings is its
/// batch.
struct NatsWorker: WorkerWire, ~Copyable {
    private var decoder = NatsDecoder()
    private(set) var isOpen = false

    init(_ job: EchoJob, functions: Range<Int>) {}

    mutating func open(into out: inout Outbox) {
        out.write { queue in
            queue.appendNatsHello()
            queue.append("SUB q workers 1\r\nPING\r\n")
        }
    }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        decoder.receive(from: socket)
    }

    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        while let said = try decoder.next() {
            switch said {
            case .message(let bytes, let reply):
                out.write { queue in
                    queue.append("PUB ")
                    queue.append(reply)
                    queue.append(" ")
                    queue.append(decimal: bytes.count)
                    queue.appendLineEnd()
                }
                out.append(lasting: bytes)
                out.write { queue in queue.appendLineEnd() }
                if bytes.count >= Outbox.worthReferring { try flush(&out) }
            case .ping: out.write { queue in queue.append("PONG\r\n") }
            case .pong: isOpen = true
            case .other: continue
            }
        }
    }
}

extension ByteQueue {
    fileprivate mutating func appendNatsHello() {
        append("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":false}\r\n")
    }
}

import SluiceSystem
import SluiceWire

/// A client of beanstalkd: puts into the tube `q`, reserves from a tube of this connection, and
/// deletes what it has. A reservation that waits holds up its socket, so there is another for it.
struct BeanstalkClient: ClientWire, ~Copyable {
    private var requests = BeanstalkDecoder()
    private var answers = BeanstalkDecoder()
    private let address = ReplyAddress.next()
    private var reservations = Reservations(most: 64)
    private var deletions = ByteQueue()

    static var sides: [Side] { [.requests, .answers] }
    static var endsLines: Bool { true }

    static func request(
        of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int
    ) -> FrameTemplate {
        FrameTemplate(words: "put 0 0 600 \(Envelope.size + payload)\r\n")
    }

    func sign(_ frame: inout FrameTemplate) { frame.store(address) }

    func open(into out: inout Outbox, on side: Side) {
        out.write { queue in
            switch side {
            case .requests: queue.append("use q\r\n")
            case .answers:
                queue.append("watch ")
                queue.append(address)
                queue.append("\r\nignore default\r\n")
            }
        }
    }

    /// Every command is answered, in order.
    func ping(into out: inout Outbox) { out.write { queue in queue.append("use q\r\n") } }

    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received {
        switch side {
        case .requests: requests.receive(from: socket)
        case .answers: answers.receive(from: socket)
        }
    }

    mutating func next(on side: Side) throws(BenchError) -> Answer? {
        let reply =
            switch side {
            case .requests: try requests.next()
            case .answers: try answers.next()
            }
        switch reply {
        case .reserved(let job, let bytes):
            reservations.noteTaken()
            deletions.appendDeletion(of: job)
            let envelope = try Envelope(bytes)
            return .completed(envelope.id, .inline(envelope.payload))
        case .timedOut: reservations.noteMissed()
        case .using: return .pong
        case .watching, .done: break
        case nil: return nil
        }
        return .other
    }

    mutating func reply(into out: inout Outbox, on side: Side) {
        guard side == .answers else { return }
        let count = reservations.next()
        out.write { queue in
            queue.append(deletions.readable)
            queue.appendReservations(count)
        }
        deletions.removeFirst(deletions.count)
        deletions.trim()
    }
}

/// The worker: reserves a batch, deletes each and puts the answer into the tube that its request
/// names.
struct BeanstalkWorker: WorkerWire, ~Copyable {
    private var decoder = BeanstalkDecoder()
    private var reservations: Reservations
    private var used: ReplyAddress?
    private(set) var isOpen = false

    init(_ job: EchoJob, functions: Range<Int>) {
        reservations = Reservations(most: job.batch * job.slots)
    }

    mutating func open(into out: inout Outbox) {
        out.write { queue in queue.append("watch q\r\nignore default\r\n") }
    }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        decoder.receive(from: socket)
    }

    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        while let reply = try decoder.next() {
            switch reply {
            case .reserved(let job, let bytes):
                reservations.noteTaken()
                try put(bytes, answering: job, into: &out)
                if bytes.count >= Outbox.worthReferring { try flush(&out) }
            case .timedOut: reservations.noteMissed()
            case .watching: isOpen = true
            case .using, .done: continue
            }
        }
        guard isOpen else { return }
        let count = reservations.next()
        out.write { queue in queue.appendReservations(count) }
    }

    private mutating func put(
        _ bytes: UnsafeRawBufferPointer, answering job: Int, into out: inout Outbox
    ) throws(BenchError) {
        let address = try Envelope(bytes).address
        let isNew = address != used
        used = address
        out.write { queue in
            if isNew {
                queue.append("use ")
                queue.append(address)
                queue.appendLineEnd()
            }
            queue.appendDeletion(of: job)
            queue.append("put 0 0 600 ")
            queue.append(decimal: bytes.count)
            queue.appendLineEnd()
        }
        out.append(lasting: bytes)
        out.write { queue in queue.appendLineEnd() }
    }
}

extension ByteQueue {
    fileprivate mutating func appendDeletion(of job: Int) {
        append("delete ")
        append(decimal: job)
        appendLineEnd()
    }

    fileprivate mutating func appendReservations(_ count: Int) {
        guard count > 0 else { return }
        append("reserve\r\n")
        for _ in 1..<count { append("reserve-with-timeout 0\r\n") }
    }
}

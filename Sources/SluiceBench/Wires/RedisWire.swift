import SluiceSystem
import SluiceWire

/// A client of Redis: requests are pushed to the list `q`, and what comes back is taken from a list
/// of this connection. A pop that waits holds up its socket, so there is another for it.
struct RedisClient: ClientWire, ~Copyable {
    private var requests = RedisDecoder()
    private var answers = RedisDecoder()
    private let address = ReplyAddress.next()
    /// Of the last reply, those that were not handed out.
    private var position = 0
    private var hasPopped = false

    static var sides: [Side] { [.requests, .answers] }
    static var endsLines: Bool { true }

    static func request(
        of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int
    ) -> FrameTemplate {
        let size = Envelope.size + payload
        return FrameTemplate(words: "*3\r\n$5\r\nRPUSH\r\n$1\r\nq\r\n$\(size)\r\n")
    }

    func sign(_ frame: inout FrameTemplate) { frame.store(address) }

    func open(into out: inout Outbox, on side: Side) {
        switch side {
        case .requests: break
        case .answers: pop(into: &out)
        }
    }

    private func pop(into out: inout Outbox) {
        out.write { queue in queue.appendRedisPop(address.text, count: 64) }
    }

    func ping(into out: inout Outbox) {
        out.write { queue in queue.append("*1\r\n$4\r\nPING\r\n") }
    }

    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received {
        switch side {
        case .requests: requests.receive(from: socket)
        case .answers: answers.receive(from: socket)
        }
    }

    mutating func next(on side: Side) throws(BenchError) -> Answer? {
        switch side {
        case .requests: try requests.next().map { $0 == .pong ? .pong : .other }
        case .answers: try nextAnswer()
        }
    }

    private mutating func nextAnswer() throws(BenchError) -> Answer? {
        while position == answers.values.count {
            position = 0
            guard let reply = try answers.next() else { return nil }
            if reply == .popped { hasPopped = true }
        }
        let envelope = try Envelope(answers.values[position])
        position += 1
        return .completed(envelope.id, .inline(envelope.payload))
    }

    mutating func reply(into out: inout Outbox, on side: Side) {
        guard hasPopped else { return }
        hasPopped = false
        pop(into: &out)
    }
}

/// The worker: takes a batch, pushes each answer to the list that its request names, takes the
/// next.
struct RedisWorker: WorkerWire, ~Copyable {
    private let batch: Int
    private var decoder = RedisDecoder()
    private(set) var isOpen = false

    init(_ job: EchoJob, functions: Range<Int>) { batch = job.batch * job.slots }

    mutating func open(into out: inout Outbox) {
        out.write { queue in queue.append("*1\r\n$4\r\nPING\r\n") }
        pop(into: &out)
    }

    private func pop(into out: inout Outbox) {
        out.write { queue in queue.appendRedisPop("q", count: batch) }
    }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        decoder.receive(from: socket)
    }

    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        while let reply = try decoder.next() {
            switch reply {
            case .pong: isOpen = true
            case .done: continue
            case .popped:
                try push(into: &out)
                pop(into: &out)
                // What it refers to goes with the next reply.
                try flush(&out)
            }
        }
    }

    /// Answers to the same client that follow each other go in one command.
    private func push(into out: inout Outbox) throws(BenchError) {
        var first = 0
        while first < decoder.values.count {
            let address = try Envelope(decoder.values[first]).address
            var end = first + 1
            while end < decoder.values.count,
                try Envelope(decoder.values[end]).address == address
            { end += 1 }
            out.write { queue in
                queue.append("*")
                queue.append(decimal: 2 + end - first)
                queue.append("\r\n$5\r\nRPUSH\r\n$8\r\n")
                queue.append(address)
                queue.appendLineEnd()
            }
            for value in decoder.values[first..<end] {
                out.write { queue in
                    queue.append("$")
                    queue.append(decimal: value.count)
                    queue.appendLineEnd()
                }
                out.append(lasting: value)
                out.write { queue in queue.appendLineEnd() }
            }
            first = end
        }
    }
}

extension ByteQueue {
    /// Takes up to so many from a list, and waits for the first.
    fileprivate mutating func appendRedisPop(_ list: String, count: Int) {
        append("*7\r\n$6\r\nBLMPOP\r\n$1\r\n0\r\n$1\r\n1\r\n$")
        append(decimal: list.utf8.count)
        appendLineEnd()
        var list = list
        list.withUTF8 { append(UnsafeRawBufferPointer($0)) }
        append("\r\n$4\r\nLEFT\r\n$5\r\nCOUNT\r\n$")
        append(decimal: String(count).utf8.count)
        appendLineEnd()
        append(decimal: count)
        appendLineEnd()
    }
}

import SluiceSystem
import SluiceWire

/// A client of sluice-relay.
struct RelayClient: ClientWire, ~Copyable {
    private var decoder = RelayDecoder()

    static func request(
        of function: String, _ passing: Passing, wantsStatus: Bool, payload: Int
    ) -> FrameTemplate { RelayFrame.template(RelayFrame.Mark.request) }

    func open(into out: inout Outbox, on side: Side) {}

    func ping(into out: inout Outbox) {
        out.write { queue in RelayFrame.append(RelayFrame.Mark.ping, id: 0, to: &queue) }
    }

    mutating func receive(from socket: borrowing Descriptor, on side: Side) -> Received {
        var received = Received.wouldBlock
        decoder.receive { room in
            received = socket.receive(into: room)
            return received.count
        }
        return received
    }

    mutating func next(on side: Side) -> Answer? {
        guard let frame = decoder.next() else { return nil }
        guard frame.mark != RelayFrame.Mark.ping else { return .pong }
        return .completed(frame.id, .inline(frame.payload))
    }
}

/// The worker of sluice-relay: pulls a batch, sends the same frames back, pulls the next.
struct RelayWorker: WorkerWire, ~Copyable {
    private let batch: Int
    private let slots: Int
    private var decoder = RelayDecoder()
    /// Of the batch in hand.
    private var missing: UInt64 = 0
    private(set) var isOpen = false

    init(_ job: EchoJob, functions: Range<Int>) {
        batch = job.batch
        slots = job.slots
    }

    mutating func open(into out: inout Outbox) {
        isOpen = true
        pull(into: &out)
    }

    private func pull(into out: inout Outbox) {
        // It has one batch at a time, so more slots are a larger one.
        let wanted = UInt64(batch * slots)
        out.write { queue in RelayFrame.append(RelayFrame.Mark.pull, id: wanted, to: &queue) }
    }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        var received = Received.wouldBlock
        decoder.receive { room in
            received = socket.receive(into: room)
            return received.count
        }
        return received
    }

    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        while let frame = decoder.next() {
            guard frame.mark != RelayFrame.Mark.batch else {
                missing = frame.id
                continue
            }
            out.write { queue in
                RelayFrame.append(
                    frame.mark, id: frame.id, payload: frame.payload.count, to: &queue)
            }
            out.append(lasting: frame.payload)
            missing -= 1
            if missing == 0 { pull(into: &out) }
            if frame.payload.count >= Outbox.worthReferring { try flush(&out) }
        }
    }
}

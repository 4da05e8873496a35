import SluiceModel
import SluiceWire

/// The daemon's part of a request on the wire: takes SUBMIT, STARTED and RESULT apart, and says
/// ADMITTED, GRANT, ITEM, STARTED and OUTCOME. Connections are lent their buffers while they have
/// something in them, as the daemon does it, so what a cycle allocates is the wire's. The
/// microbenchmarks use it, too.
struct WireCycle: ~Copyable {
    private var client = Side()
    private var worker = Side()
    private let ticket: Ticket
    private let fromClient: [UInt8]
    private let fromWorker: [UInt8]
    private var input = ByteQueue(keeping: 256 << 10)
    private var pool = BufferPool()

    /// What a connection has.
    private struct Side: ~Copyable {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        var output = OutputBuffer()

        mutating func receive(_ bytes: [UInt8], _ input: inout ByteQueue) {
            decoder.receive(atLeast: bytes.count, lending: &input) { room in
                bytes.withUnsafeBytes { room.copyMemory(from: $0) }
                return bytes.count
            }
        }

        /// As if the socket took all of it. Says how many bytes that were.
        mutating func send(_ pool: inout BufferPool) -> Int {
            let count = output.count
            output.removeFirst(count)
            output.giveBack(to: &pool)
            return count
        }
    }

    init(payload: Int) {
        let signed = [UInt8](repeating: 3, count: 32)
        ticket = signed.withUnsafeBytes { Ticket(checked: $0) }
        let bytes = [UInt8](repeating: 7, count: payload)
        let number = RequestNumber(rawValue: 1)
        let grant = GrantID(rawValue: 1)
        (fromClient, fromWorker) = bytes.withUnsafeBytes { bytes in
            let payload = Payload(nil, .inline(bytes))
            var client = OutputBuffer()
            var worker = OutputBuffer()
            ClientRequest.submit(number, Submit(function: "echo", payload: payload))
                .encode(into: &client)
            WorkerMessage.started(grant, item: nil).encode(into: &worker)
            WorkerMessage.result(grant, item: 0, payload).encode(into: &worker)
            return (Array(client.readable), Array(worker.readable))
        }
    }

    /// Says how many bytes were sent to both.
    mutating func run() throws(WireError) -> Int {
        client.output.borrow(from: &pool)
        worker.output.borrow(from: &pool)
        client.receive(fromClient, &input)
        while let frame = try client.decoder.next() {
            take(try ClientRequest(frame, &client.strings))
        }
        client.decoder.giveBack(to: &input)
        worker.receive(fromWorker, &input)
        while let frame = try worker.decoder.next() {
            take(try WorkerMessage(frame, &worker.strings))
        }
        worker.decoder.giveBack(to: &input)
        return client.send(&pool) + worker.send(&pool)
    }

    private mutating func take(_ request: ClientRequest) {
        switch request {
        case .submit(let number, let submit):
            let id = RequestID(rawValue: 9)
            ClientEvent.admitted(number, Admitted(request: id, ticket: ticket))
                .encode(into: &client.output)
            let grant = GrantID(rawValue: 1)
            WorkerOrder.grant(grant, count: 1, function: submit.function, devices: [])
                .encode(into: &worker.output)
            let item = GrantedItem(index: 0, attempt: 1, request: id, payload: submit.payload)
            WorkerOrder.item(grant, item).encode(into: &worker.output)
        case .cancel, .watch, .fetch, .leave, .link: break
        }
    }

    private mutating func take(_ message: WorkerMessage) {
        let number = RequestNumber(rawValue: 1)
        switch message {
        case .started:
            ClientEvent.started(number, attempt: 1).encode(into: &client.output)
        case .result(_, _, let payload):
            let report = OutcomeReport(.ok, attempts: 1, payload: payload)
            ClientEvent.outcome(number, report).encode(into: &client.output)
        case .declare, .ready, .progress, .log, .chunk, .failed, .outOfMemory, .holding, .bind,
            .link:
            break
        }
    }
}

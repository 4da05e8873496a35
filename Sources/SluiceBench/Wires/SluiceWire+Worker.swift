import SluiceModel
import SluiceSystem
import SluiceWire

/// The echo worker of sluiced.
struct SluiceWorkerWire: WorkerWire, ~Copyable {
    private let job: EchoJob
    private let functions: Range<Int>
    private var undeclared: Int
    private var link = SluiceLink()
    /// So that the compiler cannot leave out what is only looked at.
    private var seen: UInt64 = 0
    private var started = FrameTemplate { buffer in
        WorkerMessage.started(GrantID(rawValue: 0), item: nil).encode(into: &buffer)
    }
    private var result = FrameTemplate { buffer in
        WorkerMessage.result(GrantID(rawValue: 0), item: 0, .empty).encode(into: &buffer)
    }

    init(_ job: EchoJob, functions: Range<Int>) {
        self.job = job
        self.functions = functions
        undeclared = functions.count
    }

    var isOpen: Bool { undeclared == 0 }

    mutating func open(into out: inout Outbox) {
        link.open(into: &out)
        var settings = FunctionSettings()
        settings.batch = job.batch > 1
        settings.maxBatchSize = job.batch
        settings.maxBatchDelay = .zero
        // One after the other is the default, and what a queue is for; more slots ask for more.
        if job.slots > 1 { settings.concurrencyLimit = Limit.none }
        for index in functions {
            let name = EchoJob.function(index, of: job.functions)
            let declaration = FunctionDeclaration(Declaration(function: name, settings: settings))
            out.encode { buffer in WorkerMessage.declare(declaration).encode(into: &buffer) }
        }
        let slots = job.slots
        out.encode { buffer in WorkerMessage.ready(slots: slots).encode(into: &buffer) }
    }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        link.receive(from: socket)
    }

    mutating func answer(
        into out: inout Outbox, _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        while let frame = try link.next() {
            let order: WorkerOrder
            do { order = try WorkerOrder(frame, &link.strings) } catch { throw .wire(error) }
            switch order {
            case .declared: undeclared -= 1
            case .grant(let grant, _, _, _):
                out.write { queue in started.append(id: grant.rawValue, payload: 0, to: &queue) }
            case .item(let grant, let item):
                try answer(grant, item, into: &out, flush)
            case .link(let message): _ = try link.heed(message)
            case .revoke, .acknowledge, .drain, .pause, .resume, .bound: break
            }
        }
    }

    private mutating func answer(
        _ grant: GrantID, _ item: GrantedItem, into out: inout Outbox,
        _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        switch item.payload.content {
        case .inline(let bytes):
            out.write { queue in
                result.append(
                    id: grant.rawValue, item: item.index, payload: bytes.count, to: &queue)
            }
            out.append(lasting: bytes)
            if bytes.count >= Outbox.worthReferring { try flush(&out) }
        case .inDescriptor:
            guard let descriptor = link.descriptors.takeFirst() else {
                throw .malformed("an ITEM without its descriptor")
            }
            let file = try memoryFile(descriptor)
            let mapping = try system { () throws(SystemError) in try file.map() }
            switch job.passing {
            case .fresh:
                let copy = try system { () throws(SystemError) in
                    try MemoryFile(named: "answer", contents: mapping.bytes)
                }
                try send(copy, as: grant, item.index, in: &out, flush)
            case .inline, .reused:
                if job.isReading { lookAt(mapping.bytes) }
                try send(file, as: grant, item.index, in: &out, flush)
            }
        }
    }

    /// A call that passes a descriptor begins with its frame, so it may as well be made at once.
    private func send(
        _ file: borrowing MemoryFile, as grant: GrantID, _ item: Int, in out: inout Outbox,
        _ flush: (inout Outbox) throws(BenchError) -> Void
    ) throws(BenchError) {
        let payload = Payload(nil, .inDescriptor(size: UInt64(file.size)))
        out.attach(lasting: file.descriptor.number)
        out.encode { buffer in
            WorkerMessage.result(grant, item: item, payload).encode(into: &buffer)
        }
        try flush(&out)
    }

    /// Reads every byte, as a worker would.
    private mutating func lookAt(_ bytes: UnsafeRawBufferPointer) {
        for word in UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count & ~7))
            .bindMemory(to: UInt64.self)
        {
            seen ^= word
        }
    }
}

/// Takes a payload that travelled beside its frame.
func memoryFile(_ descriptor: consuming Descriptor) throws(BenchError) -> MemoryFile {
    do {
        return try MemoryFile(received: descriptor)
    } catch {
        throw .malformed("a payload that is no sealed memfd: \(error)")
    }
}

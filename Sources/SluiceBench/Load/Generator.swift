import SluiceModel
import SluiceSystem
import SluiceWire

/// The clients: many connections in one thread, one read and one write of each a pass. Every
/// answer is held against the ledger and the pattern.
///
/// A generator that spends much limits what it measures, so the way of a request is short: a frame
/// is copied from a template, the clock is read once a pass and connection, and an answer to a
/// closed loop brings the next request into the same write.
final class Generator<Wire: ClientWire & ~Copyable> {
    /// What an answer is followed by.
    enum Pace { case closed, none }

    let load: Load
    private(set) var ledger = Ledger()
    private(set) var peers: [ClientPeer<Wire>] = []
    var pace = Pace.none
    /// Of the time since it was last reset.
    var result = LoadResult()

    private let loop: Loop
    private var ready: [Loop.Readiness] = []
    private var pattern: Pattern
    private var templates: [FrameTemplate]
    private var nextTemplate = 0
    /// The files of a load that reuses them, by slot.
    private var files: [KeptFile] = []

    init(_ load: Load, path: String) throws(BenchError) {
        self.load = load
        loop = try system { () throws(SystemError) in try Loop() }
        pattern = Pattern(size: load.payload)
        templates = (0..<load.functions).map { index in
            Wire.request(
                of: load.name(of: index), load.passing, wantsStatus: load.wantsStatus,
                payload: load.payload)
        }
        peers.reserveCapacity(load.connections)
        for index in 0..<load.connections {
            peers.append(try ClientPeer<Wire>(connectingTo: path, number: index, in: loop))
        }
    }

    // MARK: Requests

    /// Puts a request into the next write of a connection.
    @inline(__always)
    func submit(on peer: ClientPeer<Wire>, intended: Instant) throws(BenchError) {
        let id = ledger.issue(intended: intended)
        let index = nextTemplate
        nextTemplate = index + 1 == templates.count ? 0 : index + 1
        guard load.passing == .inline else { return try submitBeside(id, index, on: peer) }
        let idSize = pattern.idSize
        peer.wire.sign(&templates[index])
        peer.channel.outbox.write { queue in
            templates[index].append(id: id, payload: load.payload, to: &queue)
            withUnsafeBytes(of: id.littleEndian) {
                queue.append(UnsafeRawBufferPointer(rebasing: $0[..<idSize]))
            }
        }
        peer.channel.outbox.append(lasting: pattern.tail)
        if Wire.endsLines { peer.channel.outbox.write { queue in queue.appendLineEnd() } }
    }

    /// The same with the payload in a memfd.
    private func submitBeside(
        _ id: UInt64, _ index: Int, on peer: ClientPeer<Wire>
    ) throws(BenchError) {
        switch load.passing {
        case .inline, .fresh:
            let file = try newFile(of: id)
            peer.channel.outbox.attach(
                try system { () throws(SystemError) in
                    try file.descriptor.duplicate()
                })
        case .reused:
            let slot = Ledger.slot(of: id)
            if slot == files.count { files.append(KeptFile(try newFile(of: UInt64(slot)))) }
            peer.channel.outbox.attach(lasting: files[slot].file.descriptor.number)
        }
        peer.channel.outbox.write { queue in templates[index].append(id: id, payload: 0, to: &queue)
        }
    }

    private func newFile(of id: UInt64) throws(BenchError) -> MemoryFile {
        try system { () throws(SystemError) in
            try pattern.withPayload(of: id) { bytes throws(SystemError) in
                try MemoryFile(named: "request", contents: bytes)
            }
        }
    }

    func flush(_ peer: ClientPeer<Wire>) throws(BenchError) { try peer.flush(loop) }

    // MARK: Answers

    /// Waits for something to come or the deadline to pass, and takes in what came.
    func pass(until deadline: Instant?) throws(BenchError) {
        try system { () throws(SystemError) in try loop.wait(until: deadline, into: &ready) }
        for readiness in ready {
            let (number, side) = ClientPeer<Wire>.place(of: readiness.token)
            let peer = peers[number]
            if readiness.isReadable, try peer.receive(on: side) { try takeIn(peer, side) }
            try peer.flush(loop)
        }
    }

    private func takeIn(_ peer: ClientPeer<Wire>, _ side: Side) throws(BenchError) {
        let now = Loop.now()
        while let answer = try peer.wire.next(on: side) {
            switch answer {
            case .completed(let id, let content):
                let intended = try settle(id, content, on: peer)
                result.latencies.record(from: intended, to: now)
                switch pace {
                case .closed: try submit(on: peer, intended: now)
                case .none: break
                }
            case .pong: peer.pongs += 1
            case .status: result.statuses += 1
            case .other: break
            }
        }
        peer.reply(on: side)
    }

    private func settle(
        _ id: UInt64, _ content: Payload.Content, on peer: ClientPeer<Wire>
    ) throws(BenchError) -> Instant {
        let isSame: Bool
        switch content {
        case .inline(let bytes): isSame = pattern.matches(bytes, id: id)
        case .inDescriptor:
            guard let descriptor = peer.wire.takeDescriptor() else {
                throw .malformed("an answer without its descriptor")
            }
            let file = try memoryFile(descriptor)
            let mapping = try system { () throws(SystemError) in try file.map() }
            // A file that is used again cannot know the number of each request.
            let mark = load.passing == .reused ? UInt64(Ledger.slot(of: id)) : id
            isSame = pattern.matches(mapping.bytes, id: mark)
        }
        guard isSame else { throw .mismatch(.changed(id)) }
        do { return try ledger.settle(id) } catch { throw .mismatch(error) }
    }

    /// Waits until every request has its answer.
    func drain(patience: Duration = .seconds(30)) throws(BenchError) {
        var open = ledger.open
        var limit = Loop.now() + patience
        while ledger.open > 0 {
            try pass(until: limit)
            if ledger.open < open {
                open = ledger.open
                limit = Loop.now() + patience
            } else if Loop.now() >= limit {
                throw .lost(requests: ledger.open)
            }
        }
    }
}

/// In a box, because an array cannot hold what has one owner.
private final class KeptFile {
    let file: MemoryFile
    init(_ file: consuming MemoryFile) { self.file = file }
}

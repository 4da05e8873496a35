import SluiceModel
import SluiceWire

/// Receives a stream as the daemon or a peer does, and holds each message against its frame.
struct StreamReceiver: ~Copyable {
    /// What came of a stream, in a form that outlives it.
    struct Heard: Equatable, CustomStringConvertible {
        /// Each message as it is encoded.
        var messages: [[UInt8]] = []
        var end: WireError?

        var description: String {
            "\(messages.count) messages, then \(end?.description ?? "more to come")"
        }
    }

    private(set) var heard = Heard()
    private let sender: StreamSender
    private var decoder = FrameDecoder()
    private var strings = StringCache()
    private var daemon = DaemonOpening(offering: Welcome(instance: UniqueID(high: 1, low: 2)))
    private var peer = PeerOpening(with: Hello(session: UniqueID(high: 3, low: 4)))
    private var received = 0
    private var isOver = false

    init(_ sender: StreamSender, isOpen: Bool) throws(Finding) {
        self.sender = sender
        guard isOpen else { return }
        var out = OutputBuffer()
        switch sender {
        case .client, .worker: Hello(session: UniqueID(high: 3, low: 4)).encode(into: &out)
        case .daemonToClient, .daemonToWorker:
            Welcome(instance: UniqueID(high: 1, low: 2)).encode(into: &out)
        }
        try receive(Array(out.readable)[...], descriptors: 0)
        try require(!isOver, "the opening is refused")
    }

    mutating func receive(_ piece: ArraySlice<UInt8>, descriptors: Int) throws(Finding) {
        guard !isOver else { return }
        decoder.receive(atLeast: piece.count) { room in
            room.copyBytes(from: piece)
            return piece.count
        }
        decoder.receive(descriptors: descriptors)
        received += piece.count
        // What a header announces is not kept room for before it comes.
        let kept = decoder.capacity
        try require(kept <= 4 * (received + 4096), "\(received) bytes take \(kept)")
        while !isOver {
            let next: Frame?
            do {
                next = try decoder.next()
            } catch {
                return try end(with: error)
            }
            guard let frame = next else { return }
            try take(frame)
        }
    }

    private mutating func take(_ frame: Frame) throws(Finding) {
        switch sender {
        case .client, .worker:
            switch daemon.receive(frame) {
            case .welcome(let hello, let welcome):
                decoder.bodyLimit = welcome.longestBody
                var out = OutputBuffer()
                hello.encode(into: &out)
                try keep(Array(out.readable), of: frame)
            case .pass: try takeMessage(frame)
            case .refuse(let error): try end(with: error)
            case .ignore: throw Finding("a frame is ignored before the end")
            }
        case .daemonToClient, .daemonToWorker:
            switch peer.receive(frame, &strings) {
            case .open(let welcome):
                decoder.bodyLimit = Limits.frameBody
                var out = OutputBuffer()
                welcome.encode(into: &out)
                try keep(Array(out.readable), of: frame)
            case .pass: try takeMessage(frame)
            case .dismissed(let farewell):
                isOver = true
                var out = OutputBuffer()
                farewell.encode(into: &out)
                try keep(Array(out.readable), of: frame)
            case .refuse(let error): try end(with: error)
            case .ignore: throw Finding("a frame is ignored before the end")
            }
        }
    }

    private mutating func takeMessage(_ frame: Frame) throws(Finding) {
        let message: StreamMessage
        do {
            message = try StreamMessage(frame, from: sender, &strings)
        } catch {
            return try end(with: error)
        }
        let encoded = message.encoded
        try keep(encoded, of: frame)
        try message.requireSame(after: encoded, from: sender, descriptors: frame.header.descriptors)
        isOver = message.isLast
    }

    /// What was decoded is written as it was read, but that what a receiver passes over is not
    /// there any more.
    private mutating func keep(_ encoded: [UInt8], of frame: Frame) throws(Finding) {
        heard.messages.append(encoded)
        let body = encoded.dropFirst(Header.size)
        try require(
            body.count <= frame.body.count, "\(frame.kind) grows to \(body.count) bytes")
        guard body.count == frame.body.count else { return }
        try require(
            body.elementsEqual(frame.body), "\(frame.kind) is written as \(encoded)")
    }

    /// Whatever the offence, the peer can be told, and understands it.
    private mutating func end(with error: WireError) throws(Finding) {
        isOver = true
        heard.end = error
        var out = OutputBuffer()
        error.farewell.encode(into: &out)
        var listener = FrameDecoder()
        listener.receive(atLeast: out.count) { room in
            room.copyMemory(from: out.readable)
            return out.count
        }
        var listening = PeerOpening(with: Hello(session: UniqueID(high: 3, low: 4)))
        guard let frame = try? listener.next() else { throw Finding("\(error) is no frame") }
        let action = listening.receive(frame, &strings)
        try require(
            action == .dismissed(error.farewell), "told of \(error), a peer hears \(action)")
    }
}

import SluiceModel
import SluiceSystem
import SluiceWire

/// A connection that speaks frames: what clients and workers have in common.
///
/// What is said is collected and leaves with `flush`, or before we wait for an answer: so many
/// small messages cost one system call.
final class FrameLink {
    /// What the daemon said when the connection was opened.
    let welcome: Welcome
    private let stream: ByteStream
    private var decoder: FrameDecoder
    private var output = OutputBuffer()
    var descriptors = DescriptorQueue()
    var strings = StringCache()
    /// The daemon does not read any more; what it sent before can be read. What is said is dropped,
    /// for whoever says it has to say it again on another connection.
    private(set) var isBroken = false
    /// The daemon said that it goes and will be back.
    private(set) var isLeaving = false

    /// Bytes that may be collected.
    private static let flushAt = 64 << 10

    init(
        connectingTo path: String, _ hello: Hello, _ patience: Patience
    ) throws(ClientError) {
        let stream = try ByteStream(connectingTo: path, patience)
        var decoder = FrameDecoder()
        var descriptors = DescriptorQueue()
        var strings = StringCache()
        var output = OutputBuffer()
        hello.encode(into: &output)
        do {
            try stream.send(output.readable)
        } catch {
            // Who is refused at the door finds it closed, and a note on it.
            guard case .closed = error else { throw error }
        }
        output.removeFirst(output.count)

        var opening = PeerOpening(with: hello)
        let frame = try Self.next(from: &decoder, stream, &descriptors, patience)
        switch opening.receive(frame, &strings) {
        case .open(let welcome): self.welcome = welcome
        case .dismissed(let farewell):
            throw .dismissed(code: farewell.code, message: farewell.message)
        case .refuse(let error): throw .protocolViolation(error.description)
        case .pass, .ignore: throw .protocolViolation("an opening without WELCOME")
        }
        decoder.bodyLimit = Limits.frameBody
        self.stream = stream
        self.decoder = decoder
        self.descriptors = descriptors
        self.strings = strings
    }

    /// Says something.
    func send(_ encode: (inout OutputBuffer) -> Void) throws(ClientError) {
        guard !isBroken else { return }
        encode(&output)
        if output.count >= Self.flushAt { try flush() }
    }

    /// Says something with a payload, in the frame or beside it.
    func send(
        _ content: Content, _ encode: (Payload, inout OutputBuffer) -> Void
    ) throws(ClientError) {
        guard !isBroken else { return }
        try content.lend { payload, numbers throws(ClientError) in
            guard !numbers.isEmpty else { return try send { out in encode(payload, &out) } }
            // Descriptors travel with the first byte of their frame.
            try flush()
            encode(payload, &output)
            try flush(descriptors: numbers)
        }
    }

    func flush() throws(ClientError) { try flush(descriptors: []) }

    /// Readable when something has come.
    var number: CInt { stream.number }

    /// While the daemon takes nothing, what it says is taken: it may be waiting for that.
    private func flush(descriptors: [CInt]) throws(ClientError) {
        defer { output.removeFirst(output.count) }
        guard !isBroken else { return }
        do throws(ClientError) {
            try stream.send(output.readable, descriptors: descriptors, isHearing: true) {
                () throws(ClientError) in
                try Self.receive(into: &decoder, stream, &self.descriptors)
            }
        } catch {
            // What the daemon said before it closed counts, and may say why.
            guard case .closed = error else { throw error }
            isBroken = true
        }
    }

    /// The next frame, after waiting for it. Valid until the next call.
    func nextFrame(_ patience: Patience = .endless) throws(ClientError) -> Frame {
        try flush()
        return try Self.next(from: &decoder, stream, &descriptors, patience)
    }

    /// Whether something has come that nobody took, be it the end.
    func hasArrivals() throws(ClientError) -> Bool {
        guard decoder.isAtFrameBoundary else { return true }
        return try stream.hasArrivals()
    }

    /// What a message about the connection itself asks of us.
    func heed(_ message: LinkMessage) throws(ClientError) {
        switch message {
        case .error(let farewell):
            throw .dismissed(code: farewell.code, message: farewell.message)
        case .restarting: isLeaving = true
        case .ping(let number): try send { out in LinkMessage.pong(number).encode(into: &out) }
        case .pong: break
        }
    }

    private static func next(
        from decoder: inout FrameDecoder, _ stream: borrowing ByteStream,
        _ descriptors: inout DescriptorQueue, _ patience: Patience = .endless
    ) throws(ClientError) -> Frame {
        while true {
            do {
                if let frame = try decoder.next() { return frame }
            } catch {
                throw .protocolViolation(error.description)
            }
            try receive(into: &decoder, stream, &descriptors, patience)
        }
    }

    private static func receive(
        into decoder: inout FrameDecoder, _ stream: borrowing ByteStream,
        _ descriptors: inout DescriptorQueue, _ patience: Patience = .endless
    ) throws(ClientError) {
        let before = descriptors.count
        try decoder.receive(atLeast: flushAt) { room throws(ClientError) in
            try stream.receive(into: room, descriptors: &descriptors, patience)
        }
        decoder.receive(descriptors: descriptors.count - before)
    }
}

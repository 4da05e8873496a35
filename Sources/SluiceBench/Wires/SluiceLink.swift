import SluiceModel
import SluiceSystem
import SluiceWire

/// What both sides of sluice-protocol(7) have in common: frames and descriptors come in, the
/// opening is over with WELCOME.
struct SluiceLink: ~Copyable {
    private var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
    private let hello: Hello
    private var opening: PeerOpening
    var descriptors = DescriptorQueue()
    var strings = StringCache()

    init() {
        let session = UniqueID(
            high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        hello = Hello(session: session, name: "sluice-bench")
        opening = PeerOpening(with: hello)
    }

    func open(into out: inout Outbox) { out.encode { buffer in hello.encode(into: &buffer) } }

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        let before = descriptors.count
        var received = Received.wouldBlock
        decoder.receive(atLeast: 64 << 10) { room in
            received = socket.receive(into: room, descriptors: &descriptors)
            return received.count
        }
        decoder.receive(descriptors: descriptors.count - before)
        return received
    }

    /// The next frame of the open connection.
    mutating func next() throws(BenchError) -> Frame? {
        while true {
            guard let frame = try decoded() else { return nil }
            guard opening.state != .open else { return frame }
            switch opening.receive(frame, &strings) {
            case .open: continue
            case .pass: return frame
            case .dismissed(let farewell):
                throw .refused(code: farewell.code, message: farewell.message)
            case .refuse(let error): throw .wire(error)
            case .ignore: throw .malformed("a frame after the end")
            }
        }
    }

    private mutating func decoded() throws(BenchError) -> Frame? {
        do { return try decoder.next() } catch { throw .wire(error) }
    }

    /// What a message about the connection asks of us; true for the answer to our ping.
    func heed(_ message: LinkMessage) throws(BenchError) -> Bool {
        switch message {
        case .error(let farewell): throw .refused(code: farewell.code, message: farewell.message)
        case .restarting: throw .closed(by: "the daemon, which restarts,")
        case .pong: return true
        case .ping: throw .malformed("a PING, which this program does not answer")
        }
    }
}

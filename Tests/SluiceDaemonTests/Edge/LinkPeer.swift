import Glibc
import SluiceSystem
import SluiceWire

@testable import SluiceDaemon

struct Unexpected: Error {}

/// A link, and the other end of its socket.
func connected() throws -> (Link, LinkPeer) {
    var ends: [CInt] = [0, 0]
    // SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK
    guard socketpair(AF_UNIX, 1 | O_CLOEXEC | O_NONBLOCK, 0, &ends) == 0 else {
        throw SystemError("socketpair")
    }
    let link = try Link(
        Descriptor(adopting: ends[0]), offering: Welcome(instance: UniqueID(high: 3, low: 4)))
    return (link, LinkPeer(Descriptor(adopting: ends[1])))
}

/// The other end of a link.
final class LinkPeer {
    private var socket: Descriptor?
    private var decoder = FrameDecoder(bodyLimit: .max)
    private var descriptors = DescriptorQueue()

    struct Message: Hashable {
        let kind: Kind
        let id: UInt64
    }

    init(_ socket: consuming Descriptor) { self.socket = consume socket }

    func close() { socket = nil }

    func send(descriptors: [CInt] = [], _ encode: (inout OutputBuffer) -> Void) throws {
        var out = OutputBuffer()
        encode(&out)
        let part = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: out.readable.baseAddress),
            iov_len: out.count)
        let sent = withUnsafePointer(to: part) { part in
            socket?.send(UnsafeBufferPointer(start: part, count: 1), descriptors: descriptors)
        }
        guard sent == .bytes(out.count) else { throw Unexpected() }
    }

    /// The next frame that is here; nil if none is.
    func next() throws -> Message? {
        while true {
            if let frame = try decoder.next() { return Message(kind: frame.kind, id: frame.id) }
            let before = descriptors.count
            let count = decoder.receive(atLeast: 1 << 16) { room in
                let received = socket?.receive(into: room, descriptors: &descriptors)
                guard case .bytes(let count)? = received else { return 0 }
                return count
            }
            decoder.receive(descriptors: descriptors.count - before)
            guard count > 0 else { return nil }
        }
    }

    /// Takes so many bytes off the socket, whatever they are. It hears no frames any more.
    func take(atLeast size: Int) throws -> Int {
        var room = [UInt8](repeating: 0, count: 4096)
        var taken = 0
        while taken < size {
            guard
                case .bytes(let count)? = room.withUnsafeMutableBytes({ socket?.receive(into: $0) })
            else { throw Unexpected() }
            taken += count
        }
        return taken
    }

    func takeDescriptor() -> Descriptor? { descriptors.takeFirst() }
}

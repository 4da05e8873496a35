import Foundation
import Glibc
import SluiceSystem
import SluiceWire

/// A connection that says exactly what a test wants it to say.
final class RawPeer {
    private let socket: Descriptor
    private var decoder = FrameDecoder(bodyLimit: .max)
    private var descriptors = DescriptorQueue()

    /// A frame, copied out of the decoder.
    struct Message: Hashable {
        let kind: Kind
        let id: UInt64
        let body: [UInt8]
    }

    init(_ path: String) throws {
        socket = try UnixSocket.connect(to: path, blocking: true)
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(
                socket.number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Sends what it can. That the daemon closed meanwhile is for whoever reads to see.
    func send(_ bytes: [UInt8], descriptors: [CInt] = []) throws {
        var rest = bytes[...]
        var unsent = descriptors
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { source in
                let part = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: source.baseAddress),
                    iov_len: source.count)
                return withUnsafePointer(to: part) { part in
                    socket.send(
                        UnsafeBufferPointer(start: part, count: 1), descriptors: unsent)
                }
            }
            switch sent {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .closed: return
            case .wouldBlock: throw Surprise("the daemon does not read")
            case .failed(let code): throw SystemError("sendmsg", code: code)
            }
            unsent = []
        }
    }

    func send(descriptors: [CInt] = [], _ encode: (inout OutputBuffer) -> Void) throws {
        try send(encoded(encode), descriptors: descriptors)
    }

    /// Says HELLO and hears WELCOME.
    func open() throws {
        try send { out in hello.encode(into: &out) }
        guard try next()?.kind == .welcome else { throw Surprise("no WELCOME") }
    }

    /// Waits for the daemon to close, without reading what it sent before.
    func waitForHangUp() throws -> Bool {
        var entry = pollfd(fd: socket.number, events: 0, revents: 0)
        return poll(&entry, 1, 30_000) == 1 && entry.revents & Int16(POLLHUP) != 0
    }

    func endSending() { shutdown(socket.number, CInt(SHUT_WR)) }

    /// The next frame; nil at the end.
    func next() throws -> Message? {
        while true {
            if let frame = try decoder.next() {
                return Message(kind: frame.kind, id: frame.id, body: Array(frame.body))
            }
            let before = descriptors.count
            var received = Received.closed
            decoder.receive(atLeast: 1 << 16) { room in
                received = socket.receive(into: room, descriptors: &descriptors)
                guard case .bytes(let count) = received else { return 0 }
                return count
            }
            decoder.receive(descriptors: descriptors.count - before)
            switch received {
            case .bytes: continue
            case .closed: return nil
            case .wouldBlock: throw Surprise("nothing came")
            case .descriptorsLost: throw Surprise("descriptors were lost")
            case .failed(let code): throw SystemError("recvmsg", code: code)
            }
        }
    }

    /// Bytes of Varlink messages that were not asked for yet.
    var unread: [UInt8] = []

    /// The next bytes, whatever they mean; nil at the end.
    func receive() throws -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        switch room.withUnsafeMutableBytes({ socket.receive(into: $0) }) {
        case .bytes(let count): return Array(room[..<count])
        case .closed: return nil
        case .wouldBlock: throw Surprise("nothing came, and it is not closed")
        case .descriptorsLost, .failed: throw Surprise("it cannot be read")
        }
    }

    /// All bytes until the daemon closes.
    func everything() throws -> [UInt8] {
        var all: [UInt8] = []
        while let more = try receive() { all += more }
        return all
    }

    /// The daemon's last word, before which anything may come and after which it closes.
    func farewell() throws -> (code: String, message: String) {
        var last: Message?
        while let message = try next() { last = message }
        guard let last, last.kind == .error else {
            throw Surprise("the last frame is \(String(describing: last))")
        }
        return (last.body.text(at: 0), last.body.text(at: 2 + Int(last.body[0])))
    }
}

/// What a peer of the tests says first.
let hello = Hello(session: UniqueID(high: 1, low: 2), name: "raw")

func encoded(_ encode: (inout OutputBuffer) -> Void) -> [UInt8] {
    var out = OutputBuffer()
    encode(&out)
    return Array(out.readable)
}

extension [UInt8] {
    /// A string of the wire: its length in two bytes, then so many.
    fileprivate func text(at offset: Int) -> String {
        let size = Int(self[offset]) | Int(self[offset + 1]) << 8
        return String(decoding: self[(offset + 2)..<(offset + 2 + size)], as: UTF8.self)
    }
}

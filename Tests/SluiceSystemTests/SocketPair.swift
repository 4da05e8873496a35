import Glibc
import Testing

@testable import SluiceSystem

/// Two connected stream sockets, non-blocking.
struct SocketPair: ~Copyable {
    let here: Descriptor
    let there: Descriptor

    init() throws {
        var numbers: [CInt] = [-1, -1]
        // SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
        try #require(socketpair(AF_UNIX, 1 | O_NONBLOCK | O_CLOEXEC, 0, &numbers) == 0)
        here = Descriptor(adopting: numbers[0])
        there = Descriptor(adopting: numbers[1])
    }

    /// The same with one end gone.
    consuming func closingThere() -> Descriptor { here }
}

/// The descriptor that should be there.
func require(_ descriptor: consuming Descriptor?) throws -> Descriptor {
    switch consume descriptor {
    case .some(let descriptor): return descriptor
    case .none: throw MissingDescriptor()
    }
}

struct MissingDescriptor: Error {}

extension Descriptor {
    func send(_ text: String) -> Sent {
        Array(text.utf8).withUnsafeBytes { send($0) }
    }

    func send(_ text: String, descriptors: [CInt]) -> Sent {
        var bytes = Array(text.utf8)
        return bytes.withUnsafeMutableBytes { bytes in
            let part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return withUnsafePointer(to: part) { part in
                send(UnsafeBufferPointer(start: part, count: 1), descriptors: descriptors)
            }
        }
    }

    /// What came, as text, or nil if it was not bytes.
    func receiveText() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let received = buffer.withUnsafeMutableBytes { receive(into: $0) }
        guard case .bytes(let count) = received else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    func receive(room: Int = 4096, _ descriptors: inout DescriptorQueue) -> Received {
        var buffer = [UInt8](repeating: 0, count: room)
        return buffer.withUnsafeMutableBytes { receive(into: $0, descriptors: &descriptors) }
    }
}

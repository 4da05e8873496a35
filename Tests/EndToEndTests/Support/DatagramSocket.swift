import Glibc
import SluiceSystem
import Testing

/// A Unix datagram socket of the test's own, such as programs send their words to.
struct DatagramSocket: ~Copyable {
    private let socket: Descriptor

    init(_ path: String) throws {
        // SOCK_DGRAM | SOCK_CLOEXEC
        socket = Descriptor(adopting: Glibc.socket(AF_UNIX, 2 | O_CLOEXEC, 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafeBytes(of: &address) { bytes in
            bytes.baseAddress.map {
                bind(socket.number, $0.assumingMemoryBound(to: sockaddr.self), size)
            }
        }
        try #require(bound == 0)
    }

    /// Whether a message is there, or comes in this time.
    func hasMessage(within time: Duration) throws -> Bool {
        try isReadable(socket.number, within: time)
    }

    /// The next message.
    func next() throws -> [UInt8] {
        guard try hasMessage(within: patience) else { throw Surprise("no word") }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        guard case .bytes(let count) = room.withUnsafeMutableBytes({ socket.receive(into: $0) })
        else { throw Surprise("no message") }
        return Array(room[..<count])
    }
}

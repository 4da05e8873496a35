import Glibc

/// A path as the socket calls take it.
struct UnixAddress {
    /// Bytes of a path; one more holds the NUL.
    static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    private var address = sockaddr_un()

    init(_ path: String) throws(SocketError) {
        let bytes = path.utf8
        // An empty path would bind to a name of the kernel's choosing, and a NUL would silently
        // shorten it.
        guard (1...Self.longestPath).contains(bytes.count), !bytes.contains(0) else {
            throw .unusablePath(path)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    }

    func bind(_ socket: borrowing Descriptor) -> CInt {
        let number = socket.number
        return withPointer { Glibc.bind(number, $0, $1) }
    }

    func connect(_ socket: borrowing Descriptor) -> CInt {
        let number = socket.number
        return withPointer { address, size in
            while true {
                let result = Glibc.connect(number, address, size)
                if result == 0 || errno != EINTR { return result }
            }
        }
    }

    private func withPointer(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        withUnsafeBytes(of: address) { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}

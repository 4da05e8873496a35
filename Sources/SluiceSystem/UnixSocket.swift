import CSluice
import Glibc

/// Makes Unix stream sockets. `UnixListener` listens with them; reading and sending are in
/// `Descriptor+Stream`.
public enum UnixSocket {
    /// Connects to whoever listens at the path. `blocking` is how the socket behaves from then on;
    /// a non-blocking connect fails with EAGAIN where the listener's backlog is full.
    public static func connect(
        to path: String, blocking: Bool
    ) throws(SocketError) -> Descriptor {
        let address = try UnixAddress(path)
        let socket = try create(blocking: blocking)
        guard address.connect(socket) == 0 else { throw .system(SystemError("connect", path)) }
        return socket
    }

    /// Connects, waiting no longer than this where the listener's backlog is full; nil says that it
    /// was. The socket blocks from then on.
    public static func connect(
        to path: String, within time: Duration?
    ) throws(SocketError) -> Descriptor? {
        let address = try UnixAddress(path)
        let socket = try create(blocking: true)
        do throws(SystemError) {
            try socket.setSendTimeout(time)
            guard address.connect(socket) == 0 else {
                if errno == EAGAIN { return nil }
                throw SystemError("connect", path)
            }
            try socket.setSendTimeout(nil)
        } catch {
            throw .system(error)
        }
        return socket
    }

    static func create(blocking: Bool) throws(SocketError) -> Descriptor {
        let type =
            SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (blocking ? 0 : SOCK_NONBLOCK.rawValue)
        do {
            return try Descriptor(of: "socket", returned: socket(AF_UNIX, CInt(type), 0))
        } catch {
            throw .system(error)
        }
    }
}

extension Descriptor {
    /// How long a send, or a connect, may wait; nil: for ever.
    fileprivate func setSendTimeout(_ time: Duration?) throws(SystemError) {
        let parts = (time ?? .zero).components
        // Zero would be for ever, too.
        let fraction = max(1, parts.attoseconds / 1_000_000_000_000)
        var value = timeval(
            tv_sec: Int(parts.seconds), tv_usec: time == nil ? 0 : __suseconds_t(fraction))
        let size = socklen_t(MemoryLayout<timeval>.size)
        guard setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &value, size) == 0 else {
            throw SystemError("setsockopt", "SO_SNDTIMEO")
        }
    }
}

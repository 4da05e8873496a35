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

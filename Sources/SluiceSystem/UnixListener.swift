import CSluice
import CSystemd
import Glibc

/// A listening Unix stream socket: made by us, or by the manager and passed to us.
public struct UnixListener: ~Copyable {
    private let socket: Descriptor
    /// Nil for the manager's: its path is not ours to remove.
    private let claim: SocketClaim?

    /// To be watched for reading.
    public var number: CInt { socket.number }

    /// Listens at a path, in place of a socket that nobody listens on any more; see `SocketClaim`.
    /// The socket has its mode and group before the first connection is taken.
    public init(
        path: String, mode: mode_t, group: gid_t? = nil, backlog: CInt = 1024
    ) throws(SocketError) {
        let address = try UnixAddress(path)
        var claim = try SocketClaim(path)
        let socket = try UnixSocket.create(blocking: false)
        guard address.bind(socket) == 0 else { throw .system(SystemError("bind", path)) }
        claim.recordBound()
        // The owner (uid -1) stays as it is.
        if let group, lchown(path, uid_t.max, group) != 0 {
            throw .system(SystemError("chown", path))
        }
        guard chmod(path, mode) == 0 else { throw .system(SystemError("chmod", path)) }
        guard listen(socket.number, backlog) == 0 else {
            throw .system(SystemError("listen", path))
        }
        self.socket = socket
        self.claim = consume claim
    }

    /// Takes over a socket that the manager listens on.
    public init(adopting socket: consuming Descriptor) throws(SocketError) {
        let fits = sd_is_socket_unix(socket.number, CInt(SOCK_STREAM.rawValue), 1, nil, 0)
        guard fits >= 0 else {
            throw .system(SystemError("sd_is_socket_unix", code: -fits))
        }
        guard fits > 0 else { throw .notAListener }
        do {
            try socket.setNonblocking()
        } catch {
            throw .system(error)
        }
        self.socket = socket
        claim = nil
    }

    /// The next connection, non-blocking; nil when nobody is waiting.
    ///
    /// After an error that `isShortage` the connection still waits and the listener stays
    /// readable: stop watching it until something was closed, or the loop spins.
    public func accept() throws(SystemError) -> Descriptor? {
        while true {
            let accepted = sluice_accept(socket.number)
            guard accepted < 0 else { return Descriptor(adopting: accepted) }
            switch errno {
            case EAGAIN: return nil
            // One that gave up before we came to it is no reason to keep the next waiting.
            case EINTR, ECONNABORTED: continue
            default: throw SystemError("accept4")
            }
        }
    }
}

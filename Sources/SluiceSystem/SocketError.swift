/// Why a Unix socket cannot be listened on or connected to.
public enum SocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Empty, with a NUL in it, or longer than an address holds.
    case unusablePath(String)
    /// Another program listens there.
    case inUse(String)
    /// Something that is not a socket is there; it is not ours to remove.
    case notASocket(String)
    /// A descriptor from the manager is not a listening Unix stream socket.
    case notAListener
    case system(SystemError)

    public var description: String {
        switch self {
        case .unusablePath(let path):
            "a socket's path has 1 to \(UnixAddress.longestPath) bytes and no NUL: \"\(path)\""
        case .inUse(let path): "another program is listening on \(path)"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .notAListener: "the descriptor passed in is not a listening Unix stream socket"
        case .system(let error): error.description
        }
    }
}

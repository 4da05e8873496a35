import Glibc

/// The right to put a socket at a path.
///
/// A daemon that was killed leaves its socket behind, and the next has to replace it. Looking
/// whether anybody answers and then removing it is a race: of two that start at once, the slower
/// would remove the faster one's. So whoever holds a lock beside the path, `PATH.lock`, may
/// replace it, and holds the lock for as long as it listens. The lock file itself stays, because
/// removing it would let two programs lock different files of the same name.
struct SocketClaim: ~Copyable {
    private let path: String
    private let lock: Descriptor
    private var bound: FileIdentity?

    init(_ path: String) throws(SocketError) {
        let lock = try Self.lock(beside: path)
        try Self.removeStale(path)
        self.path = path
        self.lock = lock
    }

    /// Notes the socket we put there, so that it is removed with the claim.
    mutating func recordBound() { bound = FileIdentity(at: path) }

    deinit {
        // An operator may have put something else there since.
        if let bound, bound == FileIdentity(at: path) { unlink(path) }
    }

    private static func lock(beside path: String) throws(SocketError) -> Descriptor {
        let lockPath = path + ".lock"
        let lock: Descriptor
        do {
            lock = try Descriptor(
                of: "open", on: lockPath,
                returned: open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600))
        } catch {
            throw .system(error)
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .system(SystemError("flock", lockPath)) }
            throw .inUse(path)
        }
        return lock
    }

    private static func removeStale(_ path: String) throws(SocketError) {
        guard let present = FileIdentity(at: path) else {
            guard errno == ENOENT else { throw .system(SystemError("lstat", path)) }
            return
        }
        guard present.type == S_IFSOCK else { throw .notASocket(path) }
        // The lock keeps our own kind away; somebody else may listen without asking for it.
        let probe = try UnixSocket.create(blocking: false)
        if try UnixAddress(path).connect(probe) == 0 { throw .inUse(path) }
        switch errno {
        case ECONNREFUSED: break
        // It listens, with a full backlog.
        case EAGAIN: throw .inUse(path)
        case ENOENT: return
        default: throw .system(SystemError("connect", path))
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .system(SystemError("unlink", path))
        }
    }
}

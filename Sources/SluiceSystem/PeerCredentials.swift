import CSluice
import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it when they connected.
///
/// The process id names a process of our pid namespace, and may since have been given to another;
/// a pidfd may not, so whoever acts on the process opens one.
public struct PeerCredentials: Hashable, Sendable {
    public let process: pid_t
    public let user: uid_t
    /// The group it ran as.
    public let group: gid_t
    /// The groups it belonged to besides.
    public let supplementaryGroups: [gid_t]

    public init(of socket: borrowing Descriptor) throws(SystemError) {
        try self.init(ofUserAt: socket, groups: try Self.groups(of: socket))
    }

    /// The same without the supplementary groups, where nobody asks for them.
    public init(ofUserAt socket: borrowing Descriptor) throws(SystemError) {
        try self.init(ofUserAt: socket, groups: [])
    }

    private init(ofUserAt socket: borrowing Descriptor, groups: [gid_t]) throws(SystemError) {
        var process: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
        guard sluice_peer_credentials(socket.number, &process, &user, &group) == 0 else {
            throw SystemError("getsockopt", "SO_PEERCRED")
        }
        self.process = process
        self.user = user
        self.group = group
        supplementaryGroups = groups
    }

    /// Whether the peer has the rights of a group, by either kind of membership.
    public func belongs(to group: gid_t) -> Bool {
        self.group == group || supplementaryGroups.contains(group)
    }

    /// A pidfd of the peer, readable once the process is gone. If it is already, nil, or on newer
    /// kernels one that is readable at once.
    ///
    /// Before Linux 6.5 it is found by number, so one that died while connecting could be mistaken
    /// for whoever has its number now.
    public func openProcess(of socket: borrowing Descriptor) throws(SystemError) -> Descriptor? {
        var pidfd = sluice_peer_pidfd(socket.number)
        var call = "getsockopt"
        if pidfd < 0, errno == ENOPROTOOPT {
            pidfd = sluice_pidfd_open(process)
            call = "pidfd_open"
        }
        guard pidfd < 0 else { return Descriptor(adopting: pidfd) }
        // Kernels differ in how they say that a process was already waited for.
        guard errno == ESRCH || errno == EINVAL else { throw SystemError(call) }
        return nil
    }

    private static func groups(of socket: borrowing Descriptor) throws(SystemError) -> [gid_t] {
        // Twice at most: the groups of a connection do not change.
        var room = 32
        while true {
            var result: CInt = 0
            let capacity = room
            let groups = [gid_t](unsafeUninitializedCapacity: capacity) { buffer, count in
                result = sluice_peer_groups(socket.number, buffer.baseAddress, &room)
                count = result == 0 ? room : 0
            }
            if result == 0 { return groups }
            guard errno == ERANGE, room > capacity else {
                throw SystemError("getsockopt", "SO_PEERGROUPS")
            }
        }
    }
}

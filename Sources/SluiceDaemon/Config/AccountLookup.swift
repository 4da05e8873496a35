import Glibc

/// Looks users and groups up by name. Given to the reader, so that it stays pure.
public struct AccountLookup: Sendable {
    public enum Lookup: Hashable, Sendable {
        case found(UInt32)
        case unknown
        /// The account database could not answer; the error number.
        case failed(CInt)
    }

    public var user: @Sendable (String) -> Lookup
    public var group: @Sendable (String) -> Lookup

    public init(
        user: @escaping @Sendable (String) -> Lookup, group: @escaping @Sendable (String) -> Lookup
    ) {
        self.user = user
        self.group = group
    }

    /// Those of this machine, through NSS. May block where accounts come over the network.
    public static let system = AccountLookup(
        user: { name in
            var entry = passwd()
            return lookUp { buffer, size, isFound in
                var result: UnsafeMutablePointer<passwd>?
                let code = getpwnam_r(name, &entry, buffer, size, &result)
                isFound = result != nil
                return code
            } id: {
                entry.pw_uid
            }
        },
        group: { name in
            var entry = Glibc.group()
            return lookUp { buffer, size, isFound in
                var result: UnsafeMutablePointer<Glibc.group>?
                let code = getgrnam_r(name, &entry, buffer, size, &result)
                isFound = result != nil
                return code
            } id: {
                entry.gr_gid
            }
        })

    /// The most an entry may take; groups with thousands of members are long.
    private static let entryBytes = 1 << 20

    private static func lookUp(
        _ call: (UnsafeMutablePointer<CChar>, Int, _ isFound: inout Bool) -> CInt,
        id: () -> UInt32
    ) -> Lookup {
        var size = 1024
        while true {
            var isFound = false
            let code = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                buffer.baseAddress.map { call($0, size, &isFound) } ?? ERANGE
            }
            switch code {
            case 0: return isFound ? .found(id()) : .unknown
            // What getpwnam(3) lists for "no such name", depending on the source of accounts.
            case ENOENT, ESRCH, EBADF, EPERM: return .unknown
            case EINTR: continue
            case ERANGE where size < entryBytes: size *= 4
            default: return .failed(code)
            }
        }
    }
}

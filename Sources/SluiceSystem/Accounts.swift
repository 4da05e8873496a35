import Glibc

/// The names of users and groups, by the system's databases.
///
/// A lookup may ask the network and so wait: only at start, at reload and for people, never in the
/// middle of serving.
public enum Accounts {
    public static func user(named name: String) throws(SystemError) -> uid_t? {
        try find("getpwnam_r", name, passwd(), { getpwnam_r(name, $0, $1, $2, $3) }, \.pw_uid)
    }

    public static func name(ofUser user: uid_t) throws(SystemError) -> String? {
        try find("getpwuid_r", "\(user)", passwd(), { getpwuid_r(user, $0, $1, $2, $3) }) {
            String(cString: $0.pw_name)
        }
    }

    public static func group(named name: String) throws(SystemError) -> gid_t? {
        try find("getgrnam_r", name, Glibc.group(), { getgrnam_r(name, $0, $1, $2, $3) }, \.gr_gid)
    }

    public static func name(ofGroup group: gid_t) throws(SystemError) -> String? {
        try find("getgrgid_r", "\(group)", Glibc.group(), { getgrgid_r(group, $0, $1, $2, $3) }) {
            String(cString: $0.gr_name)
        }
    }

    /// The groups that the databases list a user in, whether or not a process of theirs has them.
    public static func groups(ofUser name: String, and first: gid_t) -> [gid_t] {
        var room: CInt = 64
        while true {
            let capacity = Int(room)
            var fits = false
            let groups = [gid_t](unsafeUninitializedCapacity: capacity) { buffer, count in
                fits = getgrouplist(name, first, buffer.baseAddress, &room) >= 0
                count = fits ? Int(room) : 0
            }
            if fits || Int(room) <= capacity { return groups }
        }
    }

    /// The groups whose rights this process has.
    public static func groupsOfThisProcess() throws(SystemError) -> [gid_t] {
        let count = getgroups(0, nil)
        var groups = [gid_t](repeating: 0, count: max(0, Int(count)))
        guard count >= 0, getgroups(count, &groups) >= 0 else { throw SystemError("getgroups") }
        return groups + [getegid()]
    }

    /// What the four calls share: an entry to fill in, room for its strings, and where the entry's
    /// address goes if there is one.
    private typealias Query<Entry> = (
        UnsafeMutablePointer<Entry>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
    ) -> CInt

    /// Asks with more room until the strings fit.
    private static func find<Entry, Answer>(
        _ call: String, _ subject: String, _ blank: Entry, _ query: Query<Entry>,
        _ answer: (Entry) -> Answer
    ) throws(SystemError) -> Answer? {
        var entry = blank
        var size = 1024
        while true {
            let room = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { room.deallocate() }
            var found: UnsafeMutablePointer<Entry>?
            switch query(&entry, room, size, &found) {
            // The answer copies what it needs while the room is there.
            case 0: return found.map { answer($0.pointee) }
            // Databases differ in how they say that there is none.
            case ENOENT, ESRCH: return nil
            case EINTR: continue
            case ERANGE where size < 1 << 20: size *= 4
            case let code: throw SystemError(call, subject, code: code)
            }
        }
    }
}

import Glibc
import SluiceSystem

/// What can be seen of a socket that did not let us in, so that a message can say what would.
public struct SocketSight: Hashable, Sendable {
    /// Whether the file is there, as far as we may look.
    public var isThere: Bool
    /// Who owns it.
    public var owner: String
    /// The group that it opens for besides; nil: none.
    public var group: Membership?

    public init(isThere: Bool, owner: String, group: Membership? = nil) {
        self.isThere = isThere
        self.owner = owner
        self.group = group
    }

    /// What is there now.
    public init(path: String) throws(SystemError) {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        // Where the directory may not be searched, it is what keeps us out.
        guard let entry = Self.status(path) else {
            let parent = Self.status(directory)
            self.init(isThere: false, owner: try Self.owner(of: parent))
            if let parent, parent.st_mode & S_IXGRP != 0, parent.st_gid != 0 {
                group = try Membership(of: try Self.name(ofGroup: parent.st_gid))
            }
            return
        }
        self.init(isThere: true, owner: try Self.owner(of: entry))
        if entry.st_mode & S_IWGRP != 0, entry.st_gid != 0 {
            group = try Membership(of: try Self.name(ofGroup: entry.st_gid))
        }
    }

    private static func status(_ path: String) -> stat? {
        var entry = stat()
        return stat(path, &entry) == 0 ? entry : nil
    }

    private static func owner(of entry: stat?) throws(SystemError) -> String {
        guard let entry else { return "root" }
        return try Accounts.name(ofUser: entry.st_uid) ?? "\(entry.st_uid)"
    }

    private static func name(ofGroup group: gid_t) throws(SystemError) -> String {
        try Accounts.name(ofGroup: group) ?? "\(group)"
    }
}

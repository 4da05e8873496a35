import Glibc
import SluiceSystem

/// What a group that opens something is to whoever runs this program.
public struct Membership: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// Nobody made the group.
        case noSuchGroup
        case outsider
        /// The databases list the user, and this process began before they did.
        case sinceLogin
        case member
    }

    public var group: String
    public var user: String
    public var state: State

    public init(group: String, user: String, state: State) {
        self.group = group
        self.user = user
        self.state = state
    }

    /// As the system's databases have it.
    public init(of group: String) throws(SystemError) {
        self.group = group
        user = try Accounts.name(ofUser: geteuid()) ?? "\(geteuid())"
        guard let id = try Accounts.group(named: group) ?? gid_t(group) else {
            state = .noSuchGroup
            return
        }
        let listed = Accounts.groups(ofUser: user, and: getegid())
        let held = try Accounts.groupsOfThisProcess()
        state = held.contains(id) ? .member : listed.contains(id) ? .sinceLogin : .outsider
    }
}

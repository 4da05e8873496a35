import Glibc
import SluiceClient

/// What of the machine decides which advice helps where the daemon cannot be reached. It is looked
/// at only then: files, groups and directories of accounts may be slow.
struct Surroundings {
    /// Who said where the sockets are.
    enum Source: Hashable { case standard, environment, option }

    var source: Source
    var hasSystemd: Bool
    var isRoot: Bool
    var sight: (_ socket: String) -> SocketSight?
    var membership: (_ group: String) -> Membership?

    /// - Parameter directory: what `--runtime-directory` said.
    static func here(_ directory: String?) -> Surroundings {
        let named: Source = directory != nil ? .option : .environment
        let path = directory ?? DaemonSocket.directoryFromEnvironment
        let isStandard = path == nil || path == DaemonSocket.standardDirectory
        return Surroundings(
            source: isStandard ? .standard : named,
            hasSystemd: access("/run/systemd/system", F_OK) == 0, isRoot: geteuid() == 0,
            sight: { try? SocketSight(path: $0) }, membership: { try? Membership(of: $0) })
    }

    private var sudo: String { isRoot ? "" : "sudo " }

    /// Whether the daemon would be the service `sluiced`.
    private var isService: Bool { source == .standard && hasSystemd }

    // MARK: What to say

    func notRunning(_ socket: String) -> String {
        let isThere = sight(socket)?.isThere ?? false
        let what = isThere ? "nobody listens on \(socket)" : "there is no \(socket)"
        return "sluiced is not running: \(what).\n"
            + (isService && isThere ? Self.whyNot + "\n" : "") + start(socket)
    }

    func silent(_ socket: String, _ time: Duration) -> String {
        let text =
            "sluiced does not answer: \(socket) took the call, and nothing came for "
            + "\(duration(time.inSeconds)).\n"
        guard !isService else {
            return text + "It may be unable to start, or hang. " + Self.whyNot
        }
        return text + "It hangs or is stopped, or another program holds the socket: "
            + "'\(sudo)ss -xlp src \(socket)' names the process."
    }

    /// What is said while the answer is waited for.
    var waiting: String {
        "waiting for sluiced to answer" + (isService ? "; see 'systemctl status sluiced'" : "")
    }

    var closed: String {
        "sluiced ended the connection: it stopped, or restarts"
            + (isService ? "; see 'systemctl status sluiced'" : "")
    }

    /// It was there when we began.
    func notBack(_ socket: String, _ time: Duration) -> String {
        "sluiced stopped or died, and was not back on \(socket) within "
            + "\(duration(time.inSeconds))." + (isService ? "\n\(Self.whyNot)" : "")
    }

    /// What is said while it is waited for to be back.
    var waitingForReturn: String {
        "sluiced stopped or died; waiting for it to be back"
            + (isService ? "; see 'systemctl status sluiced'" : "")
    }

    private static let whyNot =
        "'systemctl status sluiced' and 'journalctl -u sluiced' say why."

    private func start(_ socket: String) -> String {
        let directory = socket.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let elsewhere =
            "or say where it runs with --runtime-directory or $SLUICE_RUNTIME_DIRECTORY."
        switch source {
        case .standard where hasSystemd:
            return "Start it with '\(sudo)systemctl start sluiced', \(elsewhere)"
        case .standard: return "Start it, see sluiced(8), \(elsewhere)"
        case .option:
            return "Start it with 'sluiced --runtime-directory \(directory)', or leave "
                + "--runtime-directory out to reach the one in \(DaemonSocket.standardDirectory)."
        case .environment:
            return "Start it with 'sluiced --runtime-directory \(directory)', or unset "
                + "SLUICE_RUNTIME_DIRECTORY to reach the one in \(DaemonSocket.standardDirectory)."
        }
    }

    // MARK: Permission

    func notPermitted(_ socket: String) -> String {
        guard let sight = sight(socket), let group = sight.group else {
            let owner = sight(socket)?.owner ?? "root"
            return "permission denied: \(socket) is for \(owner) alone.\n" + alone(owner)
        }
        return "permission denied: \(socket) is for root and the group \(group.group).\n"
            + advice(group, daemonDecides: false)
    }

    func notPermitted(group: String) -> String {
        let text = "permission denied: this is for root and the group \(group).\n"
        guard let membership = membership(group) else { return text + "Use sudo." }
        return text + advice(membership, daemonDecides: true)
    }

    /// A daemon that found no group to give its sockets to keeps them.
    private func alone(_ owner: String) -> String {
        let command = owner == "root" ? "sudo" : "'sudo -u \(owner)'"
        guard membership("sluice")?.state == .noSuchGroup else { return "Use \(command)." }
        return
            "Use \(command). The group sluice would open it to others, but does not exist: make it "
            + "with 'sudo groupadd --system sluice' and restart sluiced."
    }

    private func advice(_ membership: Membership, daemonDecides: Bool) -> String {
        let (group, user) = (membership.group, membership.user)
        switch membership.state {
        case .outsider:
            return "Use sudo, or join it with 'sudo usermod -aG \(group) \(user)' and log in again."
        case .sinceLogin:
            return
                "\(user) has joined it, but after logging in: log in again, or use "
                + "'newgrp \(group)'."
        case .member where daemonDecides:
            return "\(user) is in it, so sluiced knows the group by another number: "
                + "'sudo systemctl reload sluiced' makes it look again."
        case .member: return "\(user) is in it; look at the mode of the directories above."
        case .noSuchGroup:
            return
                "Use sudo. The group does not exist: make it with "
                + "'sudo groupadd --system \(group)', and 'sudo systemctl reload sluiced'."
        }
    }
}

import SluiceClient
import Testing

@testable import sluicectl

/// A machine on which sluiced is a service, and alice asks.
extension Surroundings {
    static var tests: Surroundings { seeing() }

    static func seeing(
        _ source: Source = .standard, systemd: Bool = true, root: Bool = false,
        sight: SocketSight? = SocketSight(isThere: false, owner: "root"),
        group: Membership.State = .outsider
    ) -> Surroundings {
        Surroundings(
            source: source, hasSystemd: systemd, isRoot: root, sight: { _ in sight },
            membership: { Membership(group: $0, user: "alice", state: group) })
    }
}

@Suite("Where the daemon cannot be reached, the advice is for this machine")
struct SurroundingsTests {
    let standard = "/run/sluice/control.sock"
    let other = "/tmp/a/control.sock"

    private func opening(for group: String?, _ state: Membership.State = .outsider) -> SocketSight {
        SocketSight(
            isThere: true, owner: "root",
            group: group.map { Membership(group: $0, user: "alice", state: state) })
    }

    @Test("It says which case it is, how to start the daemon, and what to look at")
    func notRunning() throws {
        let absent = SocketSight(isThere: false, owner: "root")
        let stale = SocketSight(isThere: true, owner: "root")
        let cases: [(String, Surroundings, String)] = [
            ("no socket", .seeing(.standard, sight: absent), standard),
            ("a socket without a listener", .seeing(.standard, sight: stale), standard),
            ("as root", .seeing(.standard, root: true, sight: absent), standard),
            ("no systemd", .seeing(.standard, systemd: false, sight: absent), standard),
            ("--runtime-directory", .seeing(.option, sight: absent), other),
            ("$SLUICE_RUNTIME_DIRECTORY", .seeing(.environment, sight: stale), other),
        ]
        let text = cases.map { name, place, socket in
            "== \(name)\n" + said(.notRunning(socket: socket), place)
        }
        try expectGolden(text.joined(separator: "\n"), "not-running.txt")
    }

    @Test("A daemon that does not answer is told from one that does not run")
    func silent() throws {
        let text = [
            ("a service", standard, Surroundings.tests), ("by hand", other, .seeing(.option)),
        ]
        .map { name, socket, place in
            "== \(name)\n\(place.waiting)\n"
                + said(.silent(socket: socket, for: .milliseconds(10_000)), place)
                + said(.closed, place)
        }
        try expectGolden(text.joined(separator: "\n"), "silent.txt")
    }

    @Test("A socket that is not for us is told with its group, and how to get in")
    func permission() throws {
        let client = "/run/sluice/client.sock"
        let cases: [(String, Surroundings)] = [
            ("not in the group", .seeing(sight: opening(for: "sluice"))),
            ("joined after logging in", .seeing(sight: opening(for: "sluice", .sinceLogin))),
            ("in the group all the same", .seeing(sight: opening(for: "sluice", .member))),
            ("a group of the site's own", .seeing(sight: opening(for: "gpu-users"))),
            ("nobody made the group", .seeing(sight: opening(for: nil), group: .noSuchGroup)),
            ("nothing can be seen", .seeing(sight: nil)),
        ]
        let text = cases.map { name, place in
            "== \(name)\n" + said(.notPermitted(socket: client), place)
        }
        try expectGolden(text.joined(separator: "\n"), "not-permitted.txt")
    }

    @Test("A call that is not for us is told with the daemon's group, and how to get in")
    func refusal() throws {
        let states: [(String, Membership.State)] = [
            ("not in the group", .outsider), ("joined after logging in", .sinceLogin),
            ("in the group all the same", .member), ("nobody made the group", .noSuchGroup),
        ]
        let text = states.map { name, state in
            "== \(name)\n"
                + said(.refused(.permissionDenied(group: "sluice-admin")), .seeing(group: state))
        }
        try expectGolden(text.joined(separator: "\n"), "refused.txt")
    }

    @Test("On a terminal sentences break between words")
    func wraps() {
        let style = Style(coloured: false, width: 20)
        #expect(
            style.wrap("there is no queue 'gpu_qeue'\ndid you mean 'gpu_queue'?")
                == "there is no queue\n'gpu_qeue'\ndid you mean\n'gpu_queue'?")
        let path = "/a/path/that/is/longer/than/the/terminal"
        #expect(style.wrap("see \(path) now") == "see\n\(path)\nnow")
        #expect(Style.plain.wrap("see \(path) now") == "see \(path) now")
    }

    private func said(_ error: ClientError, _ place: Surroundings) -> String {
        let failure = ToolFailure(error, in: place)
        return "exit \(failure.code.rawValue): sluicectl: \(failure.message)\n"
    }
}

import Glibc
import Testing

@testable import SluiceSystem

@Suite struct PeerCredentialsTests {
    @Test("A peer in our own process has our process, user and groups")
    func readsCredentials() throws {
        let pair = try SocketPair()
        let peer = try PeerCredentials(of: pair.here)
        #expect(peer.process == getpid())
        #expect(peer.user == geteuid())
        #expect(peer.group == getegid())

        var groups = [gid_t](repeating: 0, count: 1 << 16)
        let count = Int(getgroups(CInt(groups.count), &groups))
        try #require(count >= 0)
        #expect(Set(peer.supplementaryGroups) == Set(groups[..<count]))
        #expect(peer.belongs(to: getegid()))
        #expect(groups[..<count].allSatisfy { peer.belongs(to: $0) })
        #expect(!peer.belongs(to: gid_t.max - 1))
    }

    @Test("A connected client is known to the listener's side")
    func readsClient() throws {
        let directory = try TestDirectory()
        let listener = try UnixListener(path: directory.file("a.sock"), mode: 0o600)
        let client = try UnixSocket.connect(to: directory.file("a.sock"), blocking: false)
        let server = try require(listener.accept())
        try #expect(PeerCredentials(of: server).process == getpid())
        _ = client.number
    }

    @Test("The peer's process can be held by a descriptor that stays unready while it lives")
    func opensProcess() throws {
        let pair = try SocketPair()
        let peer = try PeerCredentials(of: pair.here)
        let pidfd = try require(peer.openProcess(of: pair.here))
        let loop = try Loop()
        try loop.add(pidfd.number, token: Loop.Token(rawValue: 1), interest: .read)
        var ready: [Loop.Readiness] = []
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.isEmpty)
    }

    @Test("A peer that died is known still, and its process is not mistaken for a living one")
    func knowsTheDead() async throws {
        let directory = try TestDirectory()
        let path = directory.file("a.sock")
        let listener = try UnixListener(path: path, mode: 0o600)
        await #expect(processExitsWith: .success) { [path = path as String] in
            _ = try UnixSocket.connect(to: path, blocking: true)
        }
        let server = try require(listener.accept())
        let peer = try PeerCredentials(of: server)
        #expect(peer.process != getpid())
        #expect(peer.user == geteuid())
        guard let process = try peer.openProcess(of: server) else { return }
        let loop = try Loop()
        try loop.add(process.number, token: Loop.Token(rawValue: 1), interest: .read)
        var ready: [Loop.Readiness] = []
        try loop.wait(until: .distantPast, into: &ready)
        #expect(ready.map(\.isReadable) == [true])
    }

    @Test("Users and groups are found by name and by number; who is not there is nil")
    func findsAccounts() throws {
        try #expect(Accounts.user(named: "root") == 0)
        try #expect(Accounts.name(ofUser: 0) == "root")
        try #expect(Accounts.group(named: "root") == 0)
        try #expect(Accounts.name(ofGroup: 0) == "root")
        try #expect(Accounts.user(named: "no such user") == nil)
        try #expect(Accounts.group(named: "no such group") == nil)
        try #expect(Accounts.name(ofUser: 3_999_999_999) == nil)
        try #expect(Accounts.name(ofGroup: 3_999_999_999) == nil)
    }
}

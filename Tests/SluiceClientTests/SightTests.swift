import Foundation
import Glibc
import SluiceClient
import SluiceSystem
import Testing

@Suite("What can be seen of a socket and its group")
struct SightTests {
    @Test("A group is made or not, and we are in it or not")
    func membership() throws {
        let own = try #require(try Accounts.name(ofGroup: getegid()))
        #expect(try Membership(of: own).state == .member)
        #expect(try Membership(of: "\(getegid())").state == .member)
        #expect(try Membership(of: "sluice-no-such-group").state == .noSuchGroup)
        #expect(try Membership(of: "4200042").state == .outsider)
        let user = try Accounts.name(ofUser: geteuid())
        #expect(try Membership(of: own).user == user)
    }

    @Test("A socket tells its owner, and the group that it opens for")
    func socket() throws {
        let directory = "/tmp/sluice-client-tests-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/client.sock"
        let owner = try #require(try Accounts.name(ofUser: geteuid()))
        #expect(try SocketSight(path: path).isThere == false)
        try Data().write(to: URL(filePath: path))
        try #require(chmod(path, 0o600) == 0)
        #expect(try SocketSight(path: path) == SocketSight(isThere: true, owner: owner))
        guard geteuid() == 0 else { return }
        try #require(chmod(path, 0o660) == 0 && chown(path, 0, 4_200_042) == 0)
        let group = try #require(try SocketSight(path: path).group)
        #expect(group.group == "4200042")
        #expect(group.state == .outsider)
    }
}

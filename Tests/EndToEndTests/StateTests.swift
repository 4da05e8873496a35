import Foundation
import Glibc
import Testing

@Suite struct StateTests {
    private func mode(of path: String) throws -> mode_t {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    @Test("The key of tickets is made at the first start, for the daemon alone, and stays")
    func key() throws {
        let daemon = try TestDaemon()
        let directory = daemon.scratch.file("state")
        let path = "\(directory)/ticket.key"
        #expect(try mode(of: directory) == 0o700)
        #expect(try mode(of: path) == 0o600)
        let key = try Data(contentsOf: URL(filePath: path))
        #expect(key.count == 16)
        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        #expect(try Data(contentsOf: URL(filePath: path)) == key)
        #expect(try daemon.stop() == .code(0))
        #expect(try !daemon.journal.all().contains("ticket"))
    }

    @Test("A key that is none is put aside, and said; the daemon serves with a new one")
    func damaged() throws {
        let daemon = try TestDaemon()
        #expect(try daemon.stop() == .code(0))
        let path = daemon.scratch.file("state/ticket.key")
        try Data("nonsense".utf8).write(to: URL(filePath: path))
        try daemon.startAgain()
        #expect(try Data(contentsOf: URL(filePath: path)).count == 16)
        #expect(
            try Data(contentsOf: URL(filePath: path + ".damaged")) == Data("nonsense".utf8))
        #expect(try daemon.stop() == .code(0))
        #expect(
            try daemon.journal.all().contains(
                "\(path) is damaged or of a later sluiced; it was put aside as \(path).damaged"))
    }

    @Test(
        "A state directory that others can look into is said, with what to do",
        arguments: [0o755, 0o710])
    func open(mode: mode_t) throws {
        let daemon = try TestDaemon()
        #expect(try daemon.stop() == .code(0))
        let directory = daemon.scratch.file("state")
        try #require(chmod(directory, mode) == 0)
        try daemon.startAgain()
        #expect(try daemon.stop() == .code(0))
        #expect(try daemon.journal.all().contains("run 'chmod 0700 \(directory)'"))
        // It is said, not done: somebody may have a reason.
        #expect(try self.mode(of: directory) == mode)
    }
}

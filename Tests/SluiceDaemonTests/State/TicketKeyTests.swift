import Foundation
import Glibc
import SluiceSystem
import Testing

@testable import SluiceDaemon

@Suite struct TicketKeyTests {
    /// A state directory of the test's own.
    private final class Directory {
        let path = "/tmp/sluice-key-\(UUID().uuidString.prefix(8))"
        var file: String { "\(path)/ticket.key" }

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
        }

        var names: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
        }

        /// A key from here, as a start of the daemon gets it, and what there is to say of it.
        func load() throws -> (key: TicketKey, troubles: [TicketKey.Trouble]) {
            var troubles: [TicketKey.Trouble] = []
            let key = try TicketKey.load(from: path, noting: &troubles)
            return (key, troubles)
        }

        deinit {
            do { try FileManager.default.removeItem(atPath: path) } catch { print(error) }
        }
    }

    @Test("It is made at the first start, for nobody else to read, and kept from then on")
    func kept() throws {
        let directory = try Directory()
        let first = try directory.load()
        #expect(first.troubles.isEmpty)
        #expect(try directory.names == ["ticket.key"])
        var status = stat()
        try #require(stat(directory.file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(status.st_size == 16)
        let (inode, changed) = (status.st_ino, status.st_mtim.tv_nsec)

        let second = try directory.load()
        #expect(second.key == first.key)
        #expect(second.troubles.isEmpty)
        try #require(stat(directory.file, &status) == 0)
        #expect(status.st_ino == inode)
        #expect(status.st_mtim.tv_nsec == changed)
    }

    @Test("Two directories have two keys, and without one each start has its own")
    func random() throws {
        let keys = [try Directory().load().key, try Directory().load().key]
        var troubles: [TicketKey.Trouble] = []
        let nowhere = [
            try TicketKey.load(from: nil, noting: &troubles),
            try TicketKey.load(from: nil, noting: &troubles),
        ]
        #expect(Set(keys + nowhere).count == 4)
        #expect(troubles.isEmpty)
    }

    @Test(
        "A file of another size is put aside, and a new key made", arguments: [0, 15, 17, 1 << 20])
    func damaged(size: Int) throws {
        let directory = try Directory()
        let contents = Data(repeating: 7, count: size)
        try contents.write(to: URL(filePath: directory.file))
        let loaded = try directory.load()
        let aside = "\(directory.file).damaged"
        #expect(loaded.troubles == [.notRead(.damaged(directory.file, aside: aside))])
        #expect(try Data(contentsOf: URL(filePath: aside)) == contents)
        #expect(try directory.load().key == loaded.key)
        #expect(try directory.load().troubles.isEmpty)
    }

    @Test("What is no file is put aside, too: a link is not followed")
    func link() throws {
        let directory = try Directory()
        let elsewhere = try Directory()
        _ = try elsewhere.load()
        try FileManager.default.createSymbolicLink(
            atPath: directory.file, withDestinationPath: elsewhere.file)
        let loaded = try directory.load()
        #expect(loaded.troubles.count == 1)
        #expect(loaded.key != (try elsewhere.load().key))
        #expect(try directory.names == ["ticket.key", "ticket.key.damaged"])
        #expect(try directory.load().key == loaded.key)
    }

    @Test("Where it cannot be written it lasts as long as the process, and that is said")
    func unwritable() throws {
        let path = "/nonexistent/sluice"
        var troubles: [TicketKey.Trouble] = []
        let key = try TicketKey.load(from: path, noting: &troubles)
        guard case .notWritten("\(path)/ticket.key", let error)? = troubles.first else {
            Issue.record("it says \(troubles)")
            return
        }
        #expect(error.code == ENOENT)
        #expect(troubles.count == 1)
        var others: [TicketKey.Trouble] = []
        #expect(try TicketKey.load(from: path, noting: &others) != key)
    }

    @Test("What there is to say names the file and what it means")
    func words() {
        let damaged = TicketKey.Trouble.notRead(.damaged("/s/ticket.key", aside: "/s/aside"))
        #expect(LogRecord.of(damaged).id == .stateNotRead)
        #expect(LogRecord.of(damaged).message.contains("put aside as /s/aside"))
        #expect(LogRecord.of(damaged).message.hasSuffix("there is a new key"))
        let full = TicketKey.Trouble.notWritten("/s/ticket.key", SystemError("write", code: ENOSPC))
        #expect(LogRecord.of(full).id == .stateNotWritten)
        #expect(LogRecord.of(full).fields == [.file: "/s/ticket.key", .errorNumber: "\(ENOSPC)"])
    }
}

import Glibc
import Testing

@testable import SluiceSystem

@Suite struct AtomicFileTests {
    @Test("What is written is read back, and replaces what was there, leaving nothing beside it")
    func replaces() throws {
        let directory = try TestDirectory()
        let path = directory.file("state")
        try AtomicFile.write(path, Array("old".utf8))
        try AtomicFile.write(path, Array("newer".utf8))
        try #expect(AtomicFile.read(path, limit: 5) == Array("newer".utf8))
        #expect(directory.names == ["state"])
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("A file that a crash left half written does not stand in the way")
    func survivesCrash() throws {
        let directory = try TestDirectory()
        let path = directory.file("state")
        try AtomicFile.write(path + ".new", [1, 2])
        try AtomicFile.write(path, [3])
        try #expect(AtomicFile.read(path, limit: 1) == [3])
        #expect(directory.names == ["state"])
    }

    @Test("A failure leaves the old file and nothing else")
    func failsWhole() throws {
        let directory = try TestDirectory()
        let path = directory.file("state")
        try #require(mkdir(path, 0o700) == 0)
        #expect(throws: SystemError("rename", path, code: EISDIR)) {
            try AtomicFile.write(path, [1])
        }
        #expect(directory.names == ["state"])
        rmdir(path)
    }

    @Test("What is missing is nil; what is too long, a link or no file is an error")
    func boundsReading() throws {
        let directory = try TestDirectory()
        let path = directory.file("state")
        try #expect(AtomicFile.read(path, limit: 9) == nil)
        try AtomicFile.write(path, [1, 2, 3])
        try #expect(AtomicFile.read(path, limit: 3) == [1, 2, 3])
        #expect(throws: SystemError("read", path, code: EFBIG)) {
            try AtomicFile.read(path, limit: 2)
        }
        let link = directory.file("link")
        try #require(symlink(path, link) == 0)
        #expect(throws: SystemError("open", link, code: ELOOP)) {
            try AtomicFile.read(link, limit: 9)
        }
        let fifo = directory.file("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        #expect(throws: SystemError("open", fifo, code: EINVAL)) {
            try AtomicFile.read(fifo, limit: 9)
        }
    }

    @Test("An empty file is empty, not missing")
    func readsEmpty() throws {
        let directory = try TestDirectory()
        try AtomicFile.write(directory.file("empty"), [])
        try #expect(AtomicFile.read(directory.file("empty"), limit: 0) == [])
    }
}

@Suite struct RandomnessTests {
    @Test("UUIDs are random, of version 4, and differ")
    func makesUUIDs() throws {
        let uuids = try (0..<100).map { _ in try Randomness.uuid() }
        #expect(Set(uuids).count == 100)
        #expect(uuids.allSatisfy { $0.count == 16 && $0[6] >> 4 == 4 && $0[8] >> 6 == 2 })
    }
}

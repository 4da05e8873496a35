import Foundation
import GRDB
import SluiceModel
import Testing

@testable import SluiceStore

@Suite("The store's file")
struct FileTests {
    @Test("It is its owner's alone, and so is all that lies beside it")
    func modes() throws {
        let loss = PowerLoss()
        let lab = try StoreLab(StoreSettings(), StoreProbes(vfs: loss.name))
        try lab.ask(.accept(request(1)))
        let names = try lab.scratch.names
        #expect(names.contains("\(StoreFile.name)-wal"))
        for name in names {
            var status = stat()
            #expect(stat("\(lab.scratch.path)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    @Test("A mode that was loosened is corrected")
    func loosened() throws {
        let lab = try StoreLab()
        lab.close()
        chmod(lab.scratch.file, 0o644)
        let again = try StoreLab(in: lab.scratch)
        _ = try again.opening()
        var status = stat()
        #expect(stat(lab.scratch.file, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("A link or a folder in its place is left alone, and there is no store")
    func notAFile() throws {
        for isLink in [true, false] {
            let scratch = try Scratch()
            let victim = "\(scratch.path)/victim"
            if isLink {
                symlink(victim, scratch.file)
            } else {
                mkdir(scratch.file, 0o700)
            }
            let lab = try StoreLab(in: scratch)
            #expect(try lab.ask(.accept(request(1))).refusal == .unavailable)
            #expect(lab.events.count == 1)
            #expect(!FileManager.default.fileExists(atPath: victim))
        }
    }

    @Test("A directory that is not there is trouble, said once, and passes")
    func noDirectory() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/later"
        let store = try Store(in: path)
        try store.submit(.accept(request(1)), token: 1)
        store.flush()
        try #require(try refusal(from: store) == .unavailable)
        mkdir(path, 0o700)
        try store.submit(.accept(request(1)), token: 1)
        store.flush()
        #expect(try refusal(from: store) == nil)
    }

    private func refusal(from store: Store) throws -> StoreRefusal? {
        while true {
            store.wait()
            var news: [StoreNews] = []
            store.take(into: &news)
            for case .answer(_, let outcome) in news { return outcome.refusal }
        }
    }

    @Test("A second daemon is told that the first has it")
    func inUse() throws {
        let scratch = try Scratch()
        let child = Process()
        child.executableURL = try KillTests.program()
        child.arguments = ["commit", scratch.path, "process"]
        let output = Pipe()
        child.standardOutput = output
        try child.run()
        defer { kill(child.processIdentifier, SIGKILL) }
        _ = output.fileHandleForReading.availableData
        let lab = try StoreLab(in: scratch)
        #expect(try lab.ask(.look(id(1))).refusal == .unavailable)
        #expect(lab.events == [.unavailable(.inUse(path: scratch.file))])
        #expect(try scratch.names.allSatisfy { !$0.contains("damaged") })
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        #expect(try lab.ask(.look(id(1))).request() != nil)
    }
}

@Suite("Versions of the store")
struct StoreVersionTests {
    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    /// `store-child fixture DIRECTORY process` wrote it. A fixture is made once, before its version
    /// is released, and never again.
    @Test("A store of version 1 is read as it was written")
    func first() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(
            at: Self.fixtures.appending(path: "version-1.sqlite"),
            to: URL(filePath: scratch.file))
        let lab = try StoreLab(in: scratch)
        let opening = try lab.opening()
        #expect(lab.events == [.opened(opening)])
        #expect(opening.unfinished == 2 && opening.lastRequest == id(40))

        let waiting = try lab.ask(.recover(after: nil, upTo: 1 << 20)).unfinished()
        #expect(waiting.map(\.request.id) == [id(10), id(20)])
        #expect(try waiting.map { try $0.payload.copied() } == [[1, 2, 3], [4]])
        #expect(waiting.map(\.request.state) == [.waiting, .started])
        #expect(waiting[0].request.caller == "alice" && waiting[0].request.deadline == .seconds(9))
        #expect(try lab.ask(.chunks(id(20), from: 0, upTo: 9)).chunks().map(\.sequence) == [0])
        #expect(try lab.ask(.result(id(30), upTo: 9)).bytes() == [9])
        let failed = try #require(try lab.ask(.look(id(40))).request())
        #expect(failed.conclusion?.code == "worker_died" && failed.conclusion?.message == "why")
        #expect(failed.retryOf == nil && failed.canBeRetried)
        let learned = try lab.ask(.recall(after: nil)).learned()
        #expect(learned.map(\.function) == ["caption"] && learned[0].1.batchCeiling == 4)
        #expect(try lab.ask(.accept(request(50))).isAccepted)
    }

    @Test("A store of a later version is refused with what to do, and left as it is")
    func newer() throws {
        let lab = try StoreLab()
        try lab.ask(.accept(request(1)))
        lab.close()
        let queue = try DatabaseQueue(path: lab.scratch.file)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA user_version = 7; PRAGMA journal_mode = DELETE")
        }
        try queue.close()
        let url = URL(filePath: lab.scratch.file)
        let before = try Data(contentsOf: url)
        let names = try lab.scratch.names

        let later = try StoreLab(in: lab.scratch)
        #expect(try later.ask(.look(id(1))).refusal == .unavailable)
        #expect(try later.ask(.accept(request(2))).refusal == .unavailable)
        let trouble = StoreTrouble.newer(path: lab.scratch.file, version: 7, known: 1)
        #expect(later.events == [.unavailable(trouble)])
        later.close()
        #expect(try Data(contentsOf: url) == before)
        #expect(try lab.scratch.names == names)
        for word in [lab.scratch.file, "layout 7", "above 1", "install", "move"] {
            #expect(trouble.description.contains(word))
        }
    }

    @Test("The number that the file has in its header is that of the last migration")
    func number() throws {
        let lab = try StoreLab()
        _ = try lab.opening()
        lab.close()
        let file = StoreFile(directory: lab.scratch.path, probes: StoreProbes())
        let header = try #require(try file.prepare())
        #expect(header.version == Schema.version && header.applicationID == Schema.applicationID)
        #expect(Schema.migrator.migrations.last == "\(Schema.version)")
    }
}

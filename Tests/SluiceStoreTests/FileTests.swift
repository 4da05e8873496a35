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

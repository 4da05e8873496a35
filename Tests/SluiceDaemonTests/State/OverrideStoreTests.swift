import Foundation
import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct OverrideStoreTests {
    /// A directory of the test's own.
    private final class StateDirectory {
        let path = "/tmp/sluice-overrides-\(UUID().uuidString.prefix(8))"
        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
        }
        var file: String { "\(path)/overrides.json" }
        deinit {
            do { try FileManager.default.removeItem(atPath: path) } catch { print(error) }
        }
    }

    private let writer: FileWriter

    init() throws { writer = try FileWriter() }

    private let changes: [Command] = [
        .set(.daemon, [.maxRunning(.at(9)), .maxSize(Limit.none)]),
        .set(.queue("q"), [.concurrencyLimit(.at(2)), .maxWait(.milliseconds(1500))]),
        .set(.function("f"), [.maxBatchSize(3)]),
        .drain(.queue("q")), .pause(.function("f")), .pause(.daemon),
    ]

    @Test("What is noted comes back as the commands that set it again")
    func comesBack() throws {
        let directory = try StateDirectory()
        var store = OverrideStore(in: directory.path, writer: writer)
        for change in changes { store.note(change) }
        store.flush(at: .distantFuture)
        writer.finish()
        var next = OverrideStore(in: directory.path, writer: writer)
        #expect(try next.load() == changes)
        #expect(next.contents == store.contents)
    }

    @Test("What was taken back, resumed or is about a worker leaves nothing")
    func takesBack() throws {
        let directory = try StateDirectory()
        var store = OverrideStore(in: directory.path, writer: writer)
        for change in changes { store.note(change) }
        for change: Command in [
            .set(.daemon, [.maxRunning(nil), .maxSize(nil)]),
            .set(.queue("q"), [.concurrencyLimit(nil), .maxWait(nil)]),
            .resume(.queue("q")), .resume(.daemon), .forget(function: "f"),
            .pause(.worker(WorkerID(rawValue: 1))), .drain(.daemon),
        ] { store.note(change) }
        store.flush(at: .distantFuture)
        writer.finish()
        #expect(store.contents == OverrideStore.Contents())
        var next = OverrideStore(in: directory.path, writer: writer)
        #expect(try next.load() == [])
    }

    @Test("Nothing was kept yet, or nowhere: then there is nothing to set again")
    func nothing() throws {
        let directory = try StateDirectory()
        var fresh = OverrideStore(in: directory.path, writer: writer)
        #expect(try fresh.load() == [])
        var nowhere = OverrideStore(in: nil, writer: writer)
        nowhere.note(.pause(.daemon))
        nowhere.flush(at: .distantFuture)
        writer.finish()
        #expect(try nowhere.load() == [])
    }

    @Test("The file of version 1 is read, as long as there are daemons")
    func oldFile() throws {
        let directory = try StateDirectory()
        try """
        {"version":1,"queues":{"q":{"concurrency_limit":2,"max_size":"none"}},
         "functions":{"f":{"max_batch_delay":0.05}},"daemon":{"max_running":9},
         "held_queues":{"q":"draining"},"held_functions":{"f":"paused"},"paused":true}
        """.write(toFile: directory.file, atomically: false, encoding: .utf8)
        var store = OverrideStore(in: directory.path, writer: writer)
        #expect(
            try store.load() == [
                .set(.daemon, [.maxRunning(.at(9))]),
                .set(.queue("q"), [.concurrencyLimit(.at(2)), .maxSize(Limit.none)]),
                .set(.function("f"), [.maxBatchDelay(.milliseconds(50))]),
                .drain(.queue("q")), .pause(.function("f")), .pause(.daemon),
            ])
    }

    @Test(
        "A file that makes no sense is put aside, whole",
        arguments: ["", "{", "[]", "{\"version\": 2}", "{\"version\": 1}", "\u{0}"])
    func damaged(text: String) throws {
        let directory = try StateDirectory()
        try text.write(toFile: directory.file, atomically: false, encoding: .utf8)
        var store = OverrideStore(in: directory.path, writer: writer)
        let aside = "\(directory.file).damaged"
        #expect(throws: StateError.damaged(directory.file, aside: aside)) { try store.load() }
        #expect(try String(contentsOfFile: aside, encoding: .utf8) == text)
        store.note(.pause(.daemon))
        store.flush(at: .distantFuture)
        writer.finish()
        var next = OverrideStore(in: directory.path, writer: writer)
        #expect(try next.load() == [.pause(.daemon)])
    }
}

import Foundation
import SluiceModel
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("What workers declared is known after a restart")
struct KnownFunctionsTests {
    private let directory: String
    private let writer: FileWriter

    init() throws {
        writer = try FileWriter()
        directory = NSTemporaryDirectory() + "sluice-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
    }

    private func removeDirectory() { try? FileManager.default.removeItem(atPath: directory) }

    @Test("Every setting that travels comes back as it was")
    func everySetting() throws {
        defer { removeDirectory() }
        let settings = FunctionSettings(
            concurrencyID: "gpu_queue", concurrencyLimit: Limit.none, batch: true,
            maxBatchSize: 8, maxBatchDelay: .milliseconds(20), queueTimeout: .seconds(3),
            execTimeout: .seconds(60), retry: .never, maxAttempts: 3, restartable: true,
            expectedDuration: .milliseconds(1500), cancelGrace: .seconds(5), memory: 7 << 30,
            memoryPerItem: 200 << 20, deviceCount: 2, exclusive: true)
        let declarations = [
            Declaration(function: "caption", settings: settings), Declaration(function: "plain"),
        ]
        var before = KnownFunctions(in: directory, writer: writer)
        for declaration in declarations { before.note(declaration, nil) }
        before.flush(at: .distantFuture)
        writer.finish()
        var after = KnownFunctions(in: directory, writer: writer)
        #expect(try after.load() == declarations)
    }

    @Test("The latest declaration counts, and a forgotten function stays forgotten")
    func latest() throws {
        defer { removeDirectory() }
        var before = KnownFunctions(in: directory, writer: writer)
        before.note(Declaration(function: "a"), nil)
        before.note(Declaration(function: "b"), nil)
        before.note(Declaration(function: "a", settings: FunctionSettings(batch: true)), nil)
        before.forget("b")
        before.flush(at: .distantFuture)
        writer.finish()
        var after = KnownFunctions(in: directory, writer: writer)
        #expect(
            try after.load() == [
                Declaration(function: "a", settings: FunctionSettings(batch: true))
            ])
    }

    @Test("What was said about functions is kept with them, told in pages, and forgotten with them")
    func descriptions() throws {
        defer { removeDirectory() }
        func described(_ name: String, _ text: String) -> FunctionDescription? {
            FunctionDescription(
                FunctionDeclaration(
                    Declaration(function: name), signature: Array("{}".utf8), description: text))
        }
        var before = KnownFunctions(in: directory, writer: writer)
        let long = String(repeating: "x", count: 300 << 10)
        for name in ["b", "a", "c"] {
            before.note(Declaration(function: name), described(name, long))
        }
        before.note(Declaration(function: "d"), described("d", "gone"))
        before.note(Declaration(function: "d"), nil)
        before.forget("c")
        before.flush(at: .distantFuture)
        writer.finish()
        var after = KnownFunctions(in: directory, writer: writer)
        _ = try after.load()
        let first = after.page(after: nil)
        #expect(first.functions.map(\.function) == ["a"] && first.next == "a")
        #expect(first.functions.first?.signature == "{}")
        let second = after.page(after: first.next)
        #expect(second.functions.map(\.function) == ["b"] && second.next == nil)
    }

    @Test("Descriptions are bounded together: what is over it is left out, the function stays")
    func bounded() throws {
        defer { removeDirectory() }
        var known = KnownFunctions(in: directory, writer: writer)
        let most = FunctionDeclaration(
            Declaration(function: "a"),
            description: String(repeating: "x", count: Limits.descriptions))
        known.note(most.declaration, FunctionDescription(most))
        var other = most
        (other.declaration.function, other.description) = ("b", "y")
        known.note(other.declaration, FunctionDescription(other))
        #expect(known.page(after: nil).functions.map(\.function) == ["a"])
        known.forget("a")
        known.note(other.declaration, FunctionDescription(other))
        #expect(known.page(after: nil).functions.map(\.description) == ["y"])
    }

    @Test("A damaged file, or one of a later version, is put aside and said")
    func damaged() throws {
        defer { removeDirectory() }
        let path = directory + "/functions.json"
        for text in ["{", "{\"version\":2,\"functions\":{}}", "[]"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            var known = KnownFunctions(in: directory, writer: writer)
            #expect(throws: StateError.damaged(path, aside: path + ".damaged")) {
                try known.load()
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == text)
        }
    }

    @Test("Changes that follow each other closely wait for each other, and are written together")
    func together() throws {
        defer { removeDirectory() }
        let start = Instant(nanoseconds: 1_000_000_000)
        var known = KnownFunctions(in: directory, writer: writer)
        #expect(known.nextDeadline == nil)
        known.note(Declaration(function: "a"), nil)
        known.flush(at: start)
        #expect(known.nextDeadline == nil)
        known.note(Declaration(function: "b"), nil)
        known.note(Declaration(function: "c"), nil)
        let due = try #require(known.nextDeadline)
        #expect(due > start && due <= start + .milliseconds(100))
        known.flush(at: start + .milliseconds(1))
        #expect(known.nextDeadline == due)
        known.flush(at: due)
        #expect(known.nextDeadline == nil)
        writer.finish()
        var after = KnownFunctions(in: directory, writer: writer)
        #expect(try after.load().map(\.function) == ["a", "b", "c"])
    }

    @Test("Without a state directory nothing is kept, and nothing fails")
    func nowhere() throws {
        var known = KnownFunctions(in: nil, writer: writer)
        known.note(Declaration(function: "a"), nil)
        known.flush(at: .distantFuture)
        writer.finish()
        #expect(try known.load().isEmpty)
    }
}

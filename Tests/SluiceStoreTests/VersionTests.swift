import CPowerLoss
import Foundation
import GRDB
import SluiceModel
import Testing

@testable import SluiceStore

/// `store-child fixture DIRECTORY process` wrote the fixtures. One is made once, before its version
/// is released, and never again.
@Suite("Versions of the store", .serialized)
struct StoreVersionTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    private static func fixture(_ version: Int) -> URL {
        fixtures.appending(path: "version-\(version).sqlite")
    }

    private func scratch(_ version: Int) throws -> Scratch {
        let scratch = try Scratch()
        try FileManager.default.copyItem(
            at: Self.fixture(version), to: URL(filePath: scratch.file))
        return scratch
    }

    /// What every version has.
    private func checkContents(of lab: StoreLab) throws {
        let opening = try lab.opening()
        #expect(lab.events == [.opened(opening)])
        #expect(opening.unfinished == 2 && opening.lastRequest == id(40))

        let waiting = try lab.ask(.recover(after: nil, upTo: 1 << 20)).unfinished()
        try #require(waiting.map(\.request.id) == [id(10), id(20)])
        #expect(try waiting.map { try $0.payload.copied() } == [[1, 2, 3], [4]])
        #expect(waiting.map(\.request.state) == [.waiting, .started])
        #expect(waiting[0].request.caller == "alice" && waiting[0].request.deadline == .seconds(9))
        #expect(try lab.ask(.chunks(id(20), from: 0, upTo: 9)).chunks().map(\.sequence) == [0])
        #expect(try lab.ask(.result(id(30), upTo: 9)).bytes() == [9])
        let failed = try #require(try lab.ask(.look(id(40))).request())
        #expect(failed.conclusion?.code == "worker_died" && failed.conclusion?.message == "why")
        #expect(failed.retryOf == nil && failed.canBeRetried)
    }

    private func learned(_ lab: StoreLab) throws -> LearnedStatistics {
        let learned = try lab.ask(.recall(after: nil)).learned()
        #expect(learned.map(\.function) == ["caption"])
        return try #require(learned.first?.1)
    }

    /// What the fixtures know of "caption".
    private let sums = LearnedStatistics(
        weight: 1, n: 2, nn: 3, t: 4, nt: 5, squaredError: 6, batches: 7, batchCeiling: 4)

    private func version(of scratch: Scratch) throws -> Int {
        let file = StoreFile(directory: scratch.path, probes: StoreProbes())
        let header = try #require(try file.prepare())
        #expect(header.applicationID == Schema.applicationID)
        return header.version
    }

    @Test("A store of version 1 is carried over into the present one with all that is in it")
    func first() throws {
        let scratch = try scratch(1)
        #expect(try version(of: scratch) == 1)
        let lab = try StoreLab(in: scratch)
        try checkContents(of: lab)
        #expect(try learned(lab) == sums)

        // What it could not hold it holds now, and the next one finds it as one of its own.
        var more = sums
        (more.memory, more.memoryPerItem) = (4 << 30, 300 << 20)
        #expect(try lab.ask(.learn("caption", more)).isDone)
        lab.close()
        #expect(try version(of: scratch) == Schema.version)
        try lab.reopen()
        try checkContents(of: lab)
        #expect(try learned(lab) == more)
        #expect(try lab.ask(.accept(request(50))).isAccepted)
    }

    @Test("A store of version 2 is read as it was written")
    func second() throws {
        let scratch = try scratch(2)
        #expect(try version(of: scratch) == 2)
        let lab = try StoreLab(in: scratch)
        try checkContents(of: lab)
        var more = sums
        (more.memory, more.memoryPerItem) = (4 << 30, 300 << 20)
        #expect(try learned(lab) == more)
        #expect(try lab.ask(.accept(request(50))).isAccepted)
    }

    @Test("A store that is new is made as one that was carried over")
    func alike() throws {
        let made = try StoreLab()
        _ = try made.opening()
        made.close()
        let carried = try StoreLab(in: try scratch(1))
        _ = try carried.opening()
        carried.close()
        let (new, old) = (try layout(of: made.scratch), try layout(of: carried.scratch))
        #expect(new == old && new.columns.contains("statistics.memory_per_item"))
    }

    @Test(
        "Carried over or not, after a loss of power at any moment", arguments: Durability.allCases)
    func powerLoss(_ durability: Durability) throws {
        let loss = PowerLoss()
        var settings = StoreSettings()
        settings.durability = durability
        let lab = try StoreLab(settings, loss.probes, in: try scratch(1))
        _ = try lab.opening()
        lab.close()
        #expect(loss.count > 0)

        var random = SplitMix(seed: 3)
        var disk = Disk([
            StoreFile.name: DiskFile([UInt8](try Data(contentsOf: Self.fixture(1))))
        ])
        var versions: Set<Int> = []
        for moment in 0...loss.count {
            disk.advance(to: moment, of: loss)
            for remains in [Disk.Remains.synced, .all, .some, .some] {
                let (left, looked) = (try Scratch(), try Scratch())
                var same = random
                try disk.restore(remains, in: left.path, &random)
                try disk.restore(remains, in: looked.path, &same)
                let layout = try layout(of: looked)
                versions.insert(layout.version)
                let isNew = layout.columns.contains("statistics.memory")
                #expect(isNew == (layout.version == 2), "at \(moment) of \(loss.count)")
                let next = try StoreLab(StoreSettings(), PowerLossTests.unsynced, in: left)
                try checkContents(of: next)
                #expect(try learned(next) == sums)
            }
        }
        #expect(versions == [1, 2])
    }

    /// What SQLite says a store is, with its log.
    private struct Layout: Equatable {
        let version: Int
        let migrations: [String]
        let columns: Set<String>
    }

    private func layout(of scratch: Scratch) throws -> Layout {
        let queue = try DatabaseQueue(path: scratch.file)
        defer { #expect(throws: Never.self) { try queue.close() } }
        return try queue.read { db in
            let columns = try String.fetchSet(
                db,
                sql: """
                    SELECT entry.name || '.' || part.name
                    FROM sqlite_schema AS entry, pragma_table_info(entry.name) AS part
                    """)
            let migrations = "SELECT identifier FROM grdb_migrations ORDER BY rowid"
            return Layout(
                version: try db.number("PRAGMA user_version"),
                migrations: try String.fetchAll(db, sql: migrations), columns: columns)
        }
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
        let trouble = StoreTrouble.newer(
            path: lab.scratch.file, version: 7, known: Schema.version)
        #expect(later.events == [.unavailable(trouble)])
        later.close()
        #expect(try Data(contentsOf: url) == before)
        #expect(try lab.scratch.names == names)
        for word in [lab.scratch.file, "layout 7", "above \(Schema.version)", "install", "move"] {
            #expect(trouble.description.contains(word))
        }
    }

    @Test("The number that the file has in its header is that of the last migration")
    func number() throws {
        let lab = try StoreLab()
        _ = try lab.opening()
        lab.close()
        #expect(try version(of: lab.scratch) == Schema.version)
        #expect(Schema.migrator.migrations.last == "\(Schema.version)")
        #expect(FileManager.default.fileExists(atPath: Self.fixture(Schema.version).path))
    }
}

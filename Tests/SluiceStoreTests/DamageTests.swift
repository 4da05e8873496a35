import Foundation
import GRDB
import SluiceModel
import Testing

@testable import SluiceStore

@Suite("A damaged store")
struct DamageTests {
    /// A store with some requests, closed.
    func filled(_ size: Int = 3000) throws -> Scratch {
        let lab = try StoreLab()
        let bytes = [UInt8](repeating: 7, count: size)
        try lab.ask((1...200).map { .accept(request($0, bytes: bytes)) })
        lab.close()
        return lab.scratch
    }

    func contents(of scratch: Scratch) throws -> Data {
        try Data(contentsOf: URL(filePath: scratch.file))
    }

    /// Opens it, and expects that it is aside as it was, and a new one there.
    func expectSetAside(_ scratch: Scratch, reason: String? = nil) throws {
        let before = try contents(of: scratch)
        let lab = try StoreLab(in: scratch)
        #expect(try lab.opening().unfinished == 0)
        guard case .setAside(let aside)? = lab.events.first else {
            Issue.record("nothing was set aside: \(lab.events)")
            return
        }
        #expect(aside.path == scratch.file && !aside.reason.isEmpty)
        if let reason { #expect(aside.reason.contains(reason)) }
        #expect(aside.aside.hasPrefix("\(scratch.file).damaged-2"))
        #expect(aside.description.contains(aside.aside))
        #expect(try Data(contentsOf: URL(filePath: aside.aside)) == before)
        #expect(try lab.ask(.accept(request(1))).isAccepted)
    }

    @Test("What is no database is set aside", arguments: ["", "hello", "SQLite format 3"])
    func noDatabase(_ text: String) throws {
        let scratch = try Scratch()
        let bytes = Data((text + String(repeating: "x", count: 5000)).utf8)
        try bytes.write(to: URL(filePath: scratch.file))
        try expectSetAside(scratch, reason: "not a database")
    }

    @Test("A file that was cut is set aside", arguments: [50, 4096, 10_000, 409_600])
    func truncated(_ length: Int) throws {
        let scratch = try filled()
        try contents(of: scratch).prefix(length).write(to: URL(filePath: scratch.file))
        try expectSetAside(scratch)
    }

    @Test("An empty file is a new store")
    func emptyFile() throws {
        let scratch = try Scratch()
        try Data().write(to: URL(filePath: scratch.file))
        let lab = try StoreLab(in: scratch)
        #expect(try lab.opening().unfinished == 0)
        #expect(lab.events.count == 1)
    }

    @Test("A page that makes no sense is found when the file is opened")
    func corruptPage() throws {
        let scratch = try filled()
        var bytes = try contents(of: scratch)
        for page in 20..<30 {
            bytes.replaceSubrange(
                page * 4096..<page * 4096 + 100, with: Data(repeating: 0xa5, count: 100))
        }
        try bytes.write(to: URL(filePath: scratch.file))
        try expectSetAside(scratch)
    }

    @Test("Any damage anywhere is set aside or harmless, and never ends the daemon")
    func anywhere() throws {
        let scratch = try filled()
        let whole = try contents(of: scratch)
        var random = SplitMix(seed: 21)
        var aside = 0
        for _ in 0..<60 {
            var bytes = whole
            let start = random.below(bytes.count - 64)
            for index in start..<start + 64 { bytes[index] = UInt8(random.below(256)) }
            let one = try Scratch()
            try bytes.write(to: URL(filePath: one.file))
            let lab = try StoreLab(in: one)
            _ = try lab.opening()
            for number: UInt64 in 1...200 { try lab.ask(.look(id(number))) }
            try lab.ask(.recover(after: nil, upTo: 1 << 20))
            #expect(try lab.ask(.accept(request(1000))).refusal == nil)
            if lab.events.contains(where: { if case .setAside = $0 { true } else { false } }) {
                aside += 1
            }
        }
        #expect(aside > 0)
    }

    @Test("Damage that shows while it runs sets the file aside, and new work goes on")
    func atRunTime() throws {
        // More than it remembers, so that it reads again.
        let scratch = try filled(30_000)
        let lab = try StoreLab(in: scratch)
        _ = try lab.opening()
        let file = try #require(FileHandle(forUpdatingAtPath: scratch.file))
        let size = Int(try file.seekToEnd())
        for page in 4..<size / 4096 {
            try file.seek(toOffset: UInt64(page * 4096))
            try file.write(contentsOf: Data(repeating: 0xa5, count: 4096))
        }
        try lab.ask((1...200).map { .delete(id($0)) })
        #expect(lab.events.contains { if case .setAside = $0 { true } else { false } })
        #expect(try lab.ask(.look(id(1))).request() == nil)
        #expect(try lab.ask(.accept(request(300))).isAccepted)
    }

    @Test("Another program's database is set aside and not written to")
    func foreign() throws {
        let scratch = try Scratch()
        let other = try DatabaseQueue(path: scratch.file)
        try other.write { db in try db.execute(sql: "CREATE TABLE request (id)") }
        try other.close()
        try expectSetAside(scratch, reason: "not a store")
    }

    @Test("Not without end: with so many damaged files beside it, the store stays closed")
    func tooMany() throws {
        let scratch = try Scratch()
        let wrong = Data("hello".utf8)
        for _ in 0..<StoreLimits.damagedFiles {
            try wrong.write(to: URL(filePath: scratch.file))
            let lab = try StoreLab(in: scratch)
            #expect(try lab.ask(.accept(request(1))).isAccepted)
            lab.close()
        }
        try wrong.write(to: URL(filePath: scratch.file))
        let lab = try StoreLab(in: scratch)
        #expect(try lab.ask(.accept(request(1))).refusal == .unavailable)
        #expect(try lab.ask(.accept(request(1))).refusal == .unavailable)
        let trouble = StoreTrouble.tooManyDamaged(
            path: scratch.file, count: StoreLimits.damagedFiles)
        #expect(lab.events == [.unavailable(trouble)])
        #expect(try contents(of: scratch) == wrong)
        // It is tried again with each turn, so a person's hand is enough.
        try FileManager.default.removeItem(atPath: scratch.file)
        #expect(try lab.ask(.accept(request(1))).isAccepted)
    }
}

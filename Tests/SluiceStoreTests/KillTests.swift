import Foundation
import SluiceModel
import Testing

@testable import SluiceStore

@Suite("A process that is killed", .serialized)
struct KillTests {
    @Test("Nothing that it was told is stored is missing", arguments: Durability.allCases)
    func killed(_ durability: Durability) throws {
        var random = SplitMix(seed: durability == .power ? 11 : 12)
        for _ in 0..<3 {
            let run = try Scratch()
            let said = try killAfter(40 + random.below(300), in: run.path, durability)
            #expect(said > 0)
            try check(said, in: run)
        }
    }

    /// Lets a child commit until it has said so many, or more, and kills it where it stands.
    private func killAfter(
        _ count: Int, in directory: String, _ durability: Durability
    ) throws -> UInt64 {
        let child = Process()
        child.executableURL = try Self.program()
        child.arguments = ["commit", directory, durability.rawValue]
        let output = Pipe()
        child.standardOutput = output
        try child.run()
        var text = Data()
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the child ended by itself")
            text += more
        }
        kill(child.processIdentifier, SIGKILL)
        // What it said before it died is said.
        text += output.fileHandleForReading.readDataToEndOfFile()
        child.waitUntilExit()
        #expect(child.terminationReason == .uncaughtSignal)
        let whole = text.prefix(through: text.lastIndex(of: UInt8(ascii: "\n")) ?? 0)
        let ids = String(decoding: whole, as: UTF8.self).split(separator: "\n")
            .compactMap { UInt64($0) }
        #expect(ids == Array(1...UInt64(ids.count)))
        return ids.last ?? 0
    }

    private func check(_ last: UInt64, in scratch: Scratch) throws {
        let lab = try StoreLab(in: scratch)
        let opening = try lab.opening()
        #expect(lab.events == [.opened(opening)])
        for number in 1...last {
            let kept = try lab.ask(.look(id(number))).request()
            #expect(kept != nil, "request \(number) of \(last)")
            let bytes = [UInt8](
                repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 7) * 1500)
            let read: StoreOperation =
                kept?.conclusion == nil
                ? .payload(id(number), upTo: 1 << 20) : .result(id(number), upTo: 1 << 20)
            #expect(try lab.ask(read).bytes() == bytes)
        }
    }

    /// It was built beside the tests.
    static func program() throws -> URL {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "store-child")
    }
}

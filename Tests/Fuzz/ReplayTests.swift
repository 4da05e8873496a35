import Foundation
import Testing

/// What fuzzing found once does not have to be found again: every input that is kept is fed to
/// its target, without libFuzzer.
@Suite("Inputs that fuzzing kept")
struct ReplayTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "corpus")

    private static func inputs(of name: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: name), includingPropertiesForKeys: nil)
    }

    @Test("Every promise holds for every input", arguments: FuzzTarget.all.map(\.name))
    func replay(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try Self.inputs(of: name)
        #expect(inputs.count > 2)
        for input in inputs {
            let bytes = Array(try Data(contentsOf: input))
            #expect(throws: Never.self, "\(name)/\(input.lastPathComponent)") {
                try target.check(bytes)
            }
        }
    }

    @Test("Every folder belongs to a target, and all are small")
    func complete() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
        var bytes = 0
        for name in names {
            for input in try Self.inputs(of: name) { bytes += try Data(contentsOf: input).count }
        }
        #expect(bytes < 300_000)
    }
}

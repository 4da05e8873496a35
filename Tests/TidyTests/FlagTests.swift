import Foundation
import Testing

/// The options that a program has, as it says itself, and those of its page.
@Suite("Options and manual pages agree")
struct FlagTests {
    /// Where the build puts programs: beside this test. Nil where it was not built.
    static func program(_ name: String) -> URL? {
        let here = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(filePath: $0).deletingLastPathComponent() }
        let places = [here, Repository.root.appending(path: ".build/debug")]
        return places.compactMap { $0?.appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// What `--experimental-dump-help` prints, as far as it is needed.
    struct Dump: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }
        struct Argument: Decodable {
            let kind: String
            let names: [Name]?
        }
        struct Command: Decodable {
            let commandName: String
            let arguments: [Argument]?
            let subcommands: [Command]?

            var options: Set<String> {
                let own = (arguments ?? []).flatMap { $0.names ?? [] }
                    .filter { $0.kind == "long" }.map(\.name)
                return (subcommands ?? []).filter { $0.commandName != "help" }
                    .reduce(into: Set(own)) { $0.formUnion($1.options) }
            }
        }
        let command: Command
    }

    static func options(of program: URL) throws -> Set<String> {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = ["--experimental-dump-help"]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Dump.self, from: bytes).command.options
    }

    /// Options that the parser adds and no page needs.
    static let generated: Set<String> = ["generate-completion-script"]

    @Test(
        "Every option has an entry, and every option of the page exists",
        arguments: [
            ("sluiced", "man/sluiced.8"), ("sluicectl", "man/sluicectl.1"),
            ("sluice-http", "man/sluice-http.8"),
        ])
    func options(_ name: String, _ page: String) throws {
        let program = try #require(Self.program(name), "\(name) is not built: run 'swift build'")
        let documented = Set(try Repository.matches(of: /Fl -([a-z-]+)/, in: page))
        #expect(try Self.options(of: program).subtracting(Self.generated) == documented)
    }
}

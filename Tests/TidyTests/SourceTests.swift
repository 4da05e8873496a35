import Foundation
import Testing

@Suite("The house style, where a machine can see it")
struct SourceTests {
    /// Something that may not be written, where, and why.
    struct Ban: Sendable {
        var words: Regex<Substring> { get throws { try Regex(pattern, as: Substring.self) } }
        let pattern: String
        let reason: String
        /// Folders that are free to write it.
        var free: [String] = []
        /// Whether a comment on the line or the one before it makes it right.
        var isExcusable = false

        func applies(to path: String) -> Bool { !free.contains { path.hasPrefix($0) } }
    }

    static let bans = [
        Ban(pattern: #"\btry!"#, reason: "handle the error, or say whose fault it is"),
        Ban(pattern: #"\bas!"#, reason: "make the type say it"),
        Ban(
            pattern: #"\bfatalError\("#, reason: "use precondition, or say why not",
            isExcusable: true),
        Ban(pattern: #"@unchecked Sendable"#, reason: "give it one owner"),
        Ban(pattern: #"\bTask\.detached"#, reason: "there is one thread"),
        Ban(
            pattern: #"(?:^|[^.\w])print\("#, reason: "libraries are silent",
            free: ["Sources/sluice", "Tests/"]),
        Ban(
            pattern: #"\bawait\b|\)\s*async\b"#, reason: "a turn is not interrupted",
            free: ["Tests/", "Sources/SluiceHTTP/", "Sources/sluice-http/"]),
    ]

    @Test("No file is longer than 400 lines")
    func lengths() throws {
        for path in Repository.swiftFiles {
            let lines = try Repository.text(of: path).count { $0 == "\n" }
            #expect(lines <= 400, "\(path) has \(lines) lines: split it by aspect")
        }
    }

    @Test("No line is wider than 100 columns, text and comments that the formatter leaves included")
    func widths() throws {
        for path in Repository.swiftFiles + ["Package.swift"] {
            let lines = try Repository.text(of: path)
                .split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                #expect(line.count <= 100, "\(path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    @Test("What is banned is nowhere", arguments: bans.map(\.pattern))
    func banned(_ pattern: String) throws {
        let ban = try #require(Self.bans.first { $0.pattern == pattern })
        let words = try ban.words
        for path in Repository.swiftFiles where ban.applies(to: path) {
            var previous: Substring = ""
            let lines = try Repository.text(of: path)
                .split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() {
                defer { previous = line }
                guard try words.firstMatch(in: code(of: line)) != nil else { continue }
                let isExcused = line.contains("//") || previous.contains("//")
                #expect(
                    ban.isExcusable && isExcused,
                    "\(path):\(number + 1): \(line.drop { $0 == " " }): \(ban.reason)")
            }
        }
    }

    /// Style's rule: library code never logs. In the daemon `Report` does, and `FileWriter`
    /// through it.
    @Test("Nothing but Report and the executables speaks to the journal or to standard error")
    func logging() throws {
        let mayLog = [
            "Sources/SluiceDaemon/Report.swift", "Sources/SluiceHTTP/Server/Serving.swift",
            "Sources/SluiceSystem/Journal.swift",
        ]
        let mayReport =
            mayLog + [
                "Sources/SluiceDaemon/Daemon.swift",
                "Sources/SluiceDaemon/State/FileWriter.swift",
            ]
        for path in Repository.files(below: "Sources", endingIn: ".swift")
        where path.hasPrefix("Sources/Sluice") {
            let text = try Repository.text(of: path).split(separator: "\n").map { code(of: $0) }
                .joined(separator: "\n")
            let speaks = text.contains(/\bJournal\(|\bsd_journal|STDERR_FILENO|\bstderr\b(?!:)/)
            #expect(!speaks || mayLog.contains(path), "\(path) logs")
            #expect(!text.contains(/\bReport\(/) || mayReport.contains(path), "\(path) reports")
        }
    }
}

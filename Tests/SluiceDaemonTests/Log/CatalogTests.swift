import Foundation
import Testing

@testable import SluiceDaemon

/// One entry of `systemd/sluice.catalog`.
struct CatalogEntry {
    let id: String
    /// The lines before the first empty one.
    let headers: [Substring: Substring]
    let text: String

    /// The fields that the journal puts in.
    var fields: Set<String> {
        let all = headers.values.joined(separator: "\n") + text
        return Set(all.matches(of: /@([A-Z_]+)@/).map { String($0.1) })
    }

    static func all() throws -> [CatalogEntry] {
        try Vectors.text(of: "systemd/sluice.catalog").split(separator: "\n-- ").dropFirst()
            .map { part in
                let paragraphs = part.split(separator: "\n\n", maxSplits: 1)
                let lines = (paragraphs.first ?? "").split(separator: "\n")
                let headers = lines.dropFirst().compactMap { line -> (Substring, Substring)? in
                    line.firstRange(of: ": ").map {
                        (line[..<$0.lowerBound], line[$0.upperBound...])
                    }
                }
                return CatalogEntry(
                    id: String(lines.first ?? ""),
                    headers: Dictionary(headers) { first, _ in first },
                    text: paragraphs.count > 1 ? String(paragraphs[1]) : "")
            }
    }
}

@Suite struct CatalogTests {
    @Test("The catalog and the code have the same ids, in the same order")
    func ids() throws {
        #expect(try CatalogEntry.all().map(\.id) == MessageID.allCases.map(\.rawValue))
    }

    @Test("Each entry says what it is about, where more is written, and what to do")
    func entries() throws {
        for entry in try CatalogEntry.all() {
            #expect(entry.headers["Subject"]?.isEmpty == false, "\(entry.id)")
            #expect(entry.headers["Documentation"] == "man:sluiced(8)", "\(entry.id)")
            #expect(entry.headers["Defined-By"] == "Sluice", "\(entry.id)")
            #expect(entry.text.contains("."), "\(entry.id)")
        }
    }

    @Test("What an entry puts in, every message of the kind has")
    func substitutions() throws {
        for entry in try CatalogEntry.all() {
            let id = try #require(MessageID(rawValue: entry.id))
            let fields = Set(LogExamples.certain(of: id).map(\.rawValue))
            let missing = entry.fields.subtracting(fields).sorted()
            #expect(missing.isEmpty, "\(id): \(missing)")
        }
    }

    @Test("The journal's own compiler takes it whole")
    func compiles() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "sluice-catalog-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: root) }
        for folder in ["usr/lib/systemd/catalog", "var/lib/systemd/catalog"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: folder), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(
            at: Vectors.repository.appending(path: "systemd/sluice.catalog"),
            to: root.appending(path: "usr/lib/systemd/catalog/sluice.catalog"))
        guard let update = try journalctl("--update-catalog", "--root=\(root.path)") else {
            return print("skipped: there is no journalctl to compile the catalog")
        }
        #expect(update.isEmpty, "\(update)")
        let list = try #require(try journalctl("--list-catalog", "--root=\(root.path)"))
        let ids = list.split(separator: "\n").compactMap { $0.split(separator: " ").first }
        #expect(Set(ids.map(String.init)) == Set(MessageID.allCases.map(\.rawValue)))
    }

    /// All that it says; nil where it is not installed.
    private func journalctl(_ words: String...) throws -> String? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["journalctl"] + words
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus != 127 else { return nil }
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite("The LOGS section of sluiced(8)")
struct LogManualTests {
    private func logs() throws -> Substring {
        let page = try Vectors.text(of: "man/sluiced.8")
        return try #require(page.split(separator: "\n.Sh ").first { $0.hasPrefix("LOGS\n") })
    }

    @Test("It explains every field that the daemon sends, and no other")
    func fields() throws {
        let items = try logs().matches(of: /\n\.It Ev (.+)/).flatMap {
            $0.1.split { " ,".contains($0) }.map(String.init)
        }
        #expect(Set(items) == Set(LogField.allCases.map(\.rawValue)).union(["MESSAGE_ID"]))
        #expect(Set(items).count == items.count)
    }

    @Test("It has every id, and no other, and says at most how often they come")
    func ids() throws {
        let ids = try logs().matches(of: /\n\.It Li ([0-9a-f]{32})/).map { String($0.1) }
        #expect(ids == MessageID.allCases.map(\.rawValue))
        let seconds = LogQuota.period.components.seconds
        #expect(try logs().contains("\(LogQuota.lines) in \(seconds) seconds"))
    }
}

import Foundation
import SluiceEngine
import SluiceModel
import SluiceWire
import Testing

/// The words that programs rely on, held against the pages that promise them.
@Suite("The manual pages and the code name the same things")
struct ManualTests {
    @Test("sluice(7) has every code, under its outcome, and no other")
    func codesByOutcome() throws {
        let page = try Repository.text(of: "man/sluice.7")
        let section = try #require(
            page.split(separator: "\n.Sh ").first { $0.hasPrefix("OUTCOMES") })
        var documented: [Outcome: Set<String>] = [:]
        for part in section.split(separator: "\n.Ss ").dropFirst() {
            let name = String(part.prefix { $0 != "\n" })
            let outcome = try #require(Outcome(rawValue: name), "no outcome is called \(name)")
            documented[outcome] = Set(part.matches(of: /\n\.It Li (\w+)/).map { String($0.1) })
        }
        for outcome in Outcome.allCases {
            let codes = Code.allCases.filter { $0.outcome == outcome }.map(\.rawValue)
            #expect(documented[outcome] == Set(codes), "\(outcome)")
        }
    }

    @Test("sluice-protocol(7) has every code")
    func codesOfTheProtocol() throws {
        let items = try Repository.text(of: "man/sluice-protocol.7").split(separator: "\n")
            .filter { $0.hasPrefix(".It ") }.flatMap { $0.split(separator: " ") }.map(String.init)
        for code in Code.allCases { #expect(items.contains(code.rawValue), "\(code.rawValue)") }
    }

    @Test("The frames that sluice-protocol(7) takes apart are vectors, byte for byte")
    func examplesOfTheProtocol() throws {
        let page = try Repository.text(of: "man/sluice-protocol.7")
        let section = try #require(
            page.split(separator: "\n.Sh ").first { $0.hasPrefix("EXAMPLES") })
        let literal = try #require(section.firstMatch(of: /\.Bd -literal\n((?s).*?)\n\.Ed/)).1
        let frames = literal.split(separator: "\n\n").map { frame in
            // A line is bytes, then, after a gap, words; the first is only words.
            frame.split(separator: "\n").dropFirst().map { line in
                line.prefix(37).filter { $0 != " " }
            }.joined()
        }
        let vectors = try ["opening", "client"].map {
            try Repository.text(of: "Tests/Vectors/wire/\($0).json")
        }.joined()
        #expect(frames.count == 5)
        for frame in frames { #expect(vectors.contains("\"\(frame)\""), "\(frame)") }
    }

    @Test("sluice-protocol(7) has every kind of frame with its number, and no other")
    func kinds() throws {
        let rows = try Repository.text(of: "man/sluice-protocol.7")
            .matches(of: /\n(0x[0-9a-f]{2}) ([A-Z_]+)/).map { "\($0.output.1) \($0.output.2)" }
        let kinds = Kind.allCases.map { kind in
            "0x\(kind.rawValue < 16 ? "0" : "")\(String(kind.rawValue, radix: 16)) \(kind)"
        }
        #expect(rows == kinds)
    }

    @Test("sluicectl(1) has every blocker, and no other")
    func blockers() throws {
        let documented = try constants(inSection: "BLOCKERS")
        #expect(documented == Set(Control.Blocker.allCases.map(\.rawValue)))
    }

    @Test("The engine's blockers are those of the control interface, and none")
    func blockersOfBoth() {
        let shown = Set(Control.Blocker.allCases.map(\.rawValue))
        #expect(shown == Set(Blocker.allCases.map(\.rawValue)).union(["none"]))
    }

    @Test("sluicectl(1) has every kind of event, and no other")
    func events() throws {
        let documented = try constants(inSection: "EVENTS")
        #expect(documented == Set(Control.EventKind.allCases.map(\.rawValue)))
    }

    @Test("sluice(7) leads to every other page, and every page that is referred to exists")
    func seeAlso() throws {
        let names = Set(Repository.pages.map { String($0.dropFirst("man/".count)) })
        try #require(names.contains("sluice.7"))
        let reached = try references(in: "man/sluice.7", section: "SEE ALSO")
        #expect(reached == names.subtracting(["sluice.7"]))
        for page in Repository.pages {
            let ours = try references(in: page, section: nil).filter { $0.hasPrefix("sluice") }
            #expect(ours.isSubset(of: names), "\(page): \(ours.subtracting(names).sorted())")
        }
    }

    @Test("sluice(7) explains every word of the settings that an operator can change")
    func settings() throws {
        let page = try Repository.text(of: "man/sluice.7")
        for key in Control.SettingKey.allCases where key != .maxWait {
            let isExplained = page.contains(".It Em \(key.rawValue)\n")
            #expect(isExplained || key == .defaultConcurrencyLimit, "\(key.rawValue)")
        }
    }

    // MARK: Reading a page

    private func constants(inSection name: String) throws -> Set<String> {
        let page = try Repository.text(of: "man/sluicectl.1")
        let section = try #require(
            page.split(separator: "\n.Sh ").first { $0.hasPrefix(name + "\n") })
        let items = section.split(separator: "\n").filter { $0.hasPrefix(".It Dv ") }
        return Set(items.flatMap { $0.split { " ,".contains($0) }.dropFirst(2) }.map(String.init))
    }

    private func references(in page: String, section: String?) throws -> Set<String> {
        var text = Substring(try Repository.text(of: page))
        if let section {
            text = try #require(text.split(separator: "\n.Sh ").first { $0.hasPrefix(section) })
        }
        return Set(text.matches(of: /\.Xr ([\w.-]+) (\d)/).map { "\($0.output.1).\($0.output.2)" })
    }
}

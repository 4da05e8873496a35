import Testing

@testable import SluiceDaemon

@Suite("sluiced.toml(5)")
struct ManualTests {
    struct Item: Hashable {
        var section: Section
        var name: String
        var standard: String
    }

    static let headings: [String: Section] = [
        ".Sh DAEMON": .daemon, ".Sh QUEUES": .queue, ".Sh FUNCTIONS": .function,
        ".Sh DEVICES": .device, ".Sh CONTROL": .control,
    ]

    static func page() throws -> [String] {
        try Vectors.text(of: "man/sluiced.toml.5").replacing("\\(dq", with: "\"")
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// `.It Ic KEY Pq default: VALUE`, with the lines up to the next item.
    static func items() throws -> [(item: Item, text: [String])] {
        var section: Section?
        var items: [(item: Item, text: [String])] = []
        for line in try page() {
            if line.hasPrefix(".Sh ") { section = headings[line] }
            guard let section else { continue }
            if line.hasPrefix(".It ") {
                let match = try #require(
                    line.wholeMatch(of: /\.It Ic (\w+) Pq default: (.+)/), "\(line)")
                let (name, standard) = (String(match.1), String(match.2))
                items.append((Item(section: section, name: name, standard: standard), []))
            } else if !items.isEmpty {
                items[items.count - 1].text.append(line)
            }
        }
        return items
    }

    @Test("It has every key in the order of the table, with its default")
    func complete() throws {
        let expected = Keys.all.map {
            Item(section: $0.section, name: $0.name, standard: $0.standard.text)
        }
        #expect(try Self.items().map(\.item) == expected)
    }

    @Test("The bounds that it names are those that hold")
    func bounds() throws {
        for (item, text) in try Self.items() {
            let key = try #require(
                Keys.all.first { $0.section == item.section && $0.name == item.name })
            let text = text.joined(separator: " ")
            if let match = text.firstMatch(of: /up to (\d+)/) {
                #expect("\(key.expected) ".contains("to \(match.1) "), "\(item)")
            }
            let isSize = key.expected.contains("a size")
            let isDuration = key.expected.contains("duration")
            let isLimit = key.expected.hasPrefix("a whole number") && key.expected.contains("none")
            #expect(text.hasPrefix(".Ar limit") == isLimit, "\(item)")
            #expect(text.contains(", at least 1.") == (isLimit && key.expected.contains("from 1")))
            #expect(text.contains(", longer than 0") == key.expected.contains("longer than 0"))
            #expect(text.hasPrefix(".Ar duration") == isDuration, "\(item)")
            #expect(text.hasPrefix(".Ar size") == isSize, "\(item)")
        }
    }

    @Test("Its examples are valid")
    func examples() throws {
        var example: [String]?
        var isExamples = false
        var count = 0
        for line in try Self.page() {
            if line.hasPrefix(".Sh ") { isExamples = line == ".Sh EXAMPLES" }
            guard isExamples else { continue }
            switch line {
            case ".Bd -literal -offset indent", ".Bd -literal": example = []
            case ".Ed":
                let text = try #require(example).joined(separator: "\n")
                example = nil
                guard text.hasPrefix("[") else { continue }
                #expect(complaints(about: text.replacing("\"billing\"", with: "\"bob\"")) == [])
                count += 1
            default: example?.append(line)
            }
        }
        #expect(count == 4)
    }
}

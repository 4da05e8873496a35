import Testing

@testable import SluiceDaemon

@Suite("The shipped configuration")
struct ShippedFileTests {
    static let path = "config/sluiced.toml"

    /// A commented-out line has no space behind its mark; prose has.
    static func isCommentedOut(_ line: Substring) -> Bool {
        line.hasPrefix("#") && line.dropFirst().first.map { !$0.isWhitespace } == true
    }

    static func lines(of text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test("As it is, it changes nothing")
    func commented() throws {
        #expect(try check(Vectors.text(of: Self.path)) == check(""))
    }

    @Test("With every line in force, it is valid and says what is so already")
    func uncommented() throws {
        let text = Self.lines(of: try Vectors.text(of: Self.path))
            .map { Self.isCommentedOut($0) ? $0.dropFirst() : $0 }.joined(separator: "\n")
        let checked = try check(text)
        let defaults = try check("")
        // It is said there what follows from another key.
        var daemon = defaults.engine.daemon
        daemon.maxFilesPerUser = daemon.filesPerUser
        #expect(checked.engine.daemon == daemon)
        #expect(checked.edge == defaults.edge)
        #expect(checked.warnings == [])
        #expect(checked.engine.queues.count == 1)
        #expect(checked.engine.functions.count == 1)
        #expect(checked.engine.devices.map(\.name) == ["tpu0"])
    }

    @Test("It has every key once, in its table, with its default and the sentence about it")
    func complete() throws {
        var section = ""
        var prose: [Substring] = []
        var found: [AboutKey: String] = [:]
        for line in Self.lines(of: try Vectors.text(of: Self.path)) {
            let setting = Self.isCommentedOut(line) ? line.dropFirst() : line
            if setting.hasPrefix("[") {
                section = String(setting.drop { $0 == "[" }.prefix { $0 != "." && $0 != "]" })
                prose = []
            } else if Self.isCommentedOut(line) {
                let name = setting.prefix { $0 != " " }
                let key = try #require(
                    Keys.all.first { $0.section.rawValue == section && $0.name == name },
                    "\(section) has no key \(name)")
                let told = prose.joined(separator: "\n")
                let standard = "\(key.name) = \(key.standard.example)"
                #expect(setting == standard)
                #expect(told == Self.prose(about: key))
                #expect(found.updateValue(told, forKey: key) == nil)
            } else {
                prose = line.isEmpty ? [] : prose + [line]
            }
        }
        #expect(Set(found.keys) == Set(Keys.all))
    }

    static func prose(about key: AboutKey) -> String {
        switch key.standard {
        case .value: "# \(key.doc)"
        case .described(let words, example: _): "# \(key.doc)\n# Default: \(words)."
        }
    }

    @Test("No key stands twice in the table, and every default and example is a valid value")
    func table() {
        #expect(Set(Keys.all.map { "\($0.section).\($0.name)" }).count == Keys.all.count)
        for key in Keys.all {
            let line = "\(key.name) = \(key.standard.example)"
            switch key.section.form {
            case .one: #expect(complaints(about: "\(key.section.header)\n\(line)") == [])
            case .named:
                #expect(complaints(about: "[\(key.section.rawValue).x]\n\(line)") == [])
            // What may be said of a device depends on what else is; the file has it together.
            case .listed: break
            }
        }
    }

    @Test("The examples are valid and give no warnings", arguments: ["two-models", "devices"])
    func examples(name: String) throws {
        let checked = try check(Vectors.text(of: "config/examples/\(name).toml"))
        #expect(checked.warnings == [])
        #expect(checked.engine.functions.count == 2)
    }
}

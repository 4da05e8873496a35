import ArgumentParser
import Foundation
import SluiceWire
import Testing

@testable import sluicectl

/// The manual and the tool, held against each other.
@Suite("sluicectl(1)")
struct ManualTests {
    let manual: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "man/sluicectl.1")
        manual = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    @Test("Every command has an entry")
    func commands() {
        let entries = manual.matches(of: /Cm ([a-z , ]+)/).flatMap { match in
            match.output.1.split(whereSeparator: { !$0.isLetter }).map(String.init)
        }
        for command in Sluicectl.commands {
            #expect(entries.contains(command), "\(command)")
        }
    }

    @Test("Every option has an entry, and every option of the manual exists")
    func options() {
        let documented = Set(manual.matches(of: /Fl -([a-z-]+)/).map { String($0.output.1) })
        let existing = Set(
            Sluicectl.configuration.subcommands.flatMap { command in
                Sluicectl.helpMessage(for: command)
                    .matches(of: /\n  (?:-h, )?--([a-z-]+)/).map { String($0.output.1) }
            })
        #expect(documented == existing)
    }

    @Test("Every setting and every exit status has an entry")
    func entries() {
        for key in Control.SettingKey.allCases {
            #expect(manual.contains("\n.It Li \(key.rawValue)\n"), "\(key.rawValue)")
        }
        for status in ExitStatus.allCases {
            #expect(manual.contains("\n.It \(status.rawValue)\n"), "exit \(status.rawValue)")
        }
    }
}

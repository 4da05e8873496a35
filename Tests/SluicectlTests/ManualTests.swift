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
        let entries = manual.matches(of: /Cm ([a-z , -]+)/).flatMap { match in
            match.output.1.split(whereSeparator: { !$0.isLetter && $0 != "-" }).map(String.init)
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

    @Test("The entry of a command has the options that the command takes, and no other")
    func optionsOfCommands() throws {
        let common: Set = [
            "json", "runtime-directory", "answer-timeout", "version", "help",
        ]
        for (names, documented) in try entriesOfCommands() {
            var taken: Set<String> = []
            for name in names {
                let command = try #require(
                    Sluicectl.configuration.subcommands.first {
                        $0.configuration.commandName == name
                    }, "there is no command \(name)")
                taken.formUnion(options(of: command).subtracting(common))
            }
            #expect(documented == taken, "\(names)")
        }
        #expect(Set(try entriesOfCommands().flatMap(\.names)) == Set(Sluicectl.commands))
    }

    private func options(of command: any ParsableCommand.Type) -> Set<String> {
        Set(
            Sluicectl.helpMessage(for: command).matches(of: /\n  (?:-h, )?--([a-z-]+)/)
                .map { String($0.output.1) })
    }

    /// The items of the lists in COMMANDS, without those of lists in them: whose they are, and
    /// which options they name.
    private func entriesOfCommands() throws -> [(names: [String], options: Set<String>)] {
        let section = try #require(
            manual.split(separator: "\n.Sh ").first { $0.hasPrefix("COMMANDS") })
        var entries: [(names: [String], text: String)] = []
        var depth = 0
        var isHeading = false
        for line in section.split(separator: "\n") {
            if line.hasPrefix(".Bl") { depth += 1 }
            if line.hasPrefix(".El") { depth -= 1 }
            guard depth > 0 else { continue }
            let begins = depth == 1 && line.hasPrefix(".It")
            if begins { entries.append(([], "")) }
            guard var entry = entries.popLast() else { continue }
            if begins || (isHeading && line.hasPrefix(".Cm")) {
                let words = line.split(separator: " ").drop { $0 != "Cm" && $0 != ".Cm" }
                    .dropFirst().prefix { $0.allSatisfy { $0.isLowercase || ",-".contains($0) } }
                entry.names += words.map(String.init).filter { $0 != "," }
            }
            isHeading = begins ? line.hasPrefix(".It Xo") : isHeading && !line.hasPrefix(".Xc")
            entry.text += line + "\n"
            entries.append(entry)
        }
        return entries.map { entry in
            (entry.names, Set(entry.text.matches(of: /Fl -([a-z-]+)/).map { String($0.output.1) }))
        }
    }

    @Test("What has to be named is not shown as what may be left out")
    func targets() { #expect(!manual.contains(/Op Ar queue (?:\||\.\.\.)/)) }

    @Test("Defaults that it tells are those of the tool")
    func defaults() throws {
        #expect(manual.contains("\ndefault \(try RequestsCommand.parse([]).limit), or all with 0."))
        let patience = try StatusCommand.parse([]).options.patience
        let seconds = try #require(patience.limit).components.seconds
        #expect(manual.contains("for so long; default \(seconds)s, or\n"))
        #expect(patience.noticeAfter == .seconds(2))
        #expect(manual.contains("After two seconds\n"))
        let absence = try SubmitCommand.parse(["f"]).options.patienceWithAbsence
        #expect(absence.limit == .seconds(60))
        #expect(manual.contains("It waits a minute for that,"))
    }

    @Test("The settings of each kind of target are in its list, and no other")
    func settings() throws {
        let section = try #require(
            manual.split(separator: "\n.Sh ").first { $0.hasPrefix("SETTINGS") })
        let lists = section.split(separator: "\n.Pp\n").dropFirst().map { list in
            list.matches(of: /\n\.It Li (\w+)/).map { String($0.output.1) }
        }
        let targets: [Control.Target] = [.queue("q"), .function("f"), .daemon]
        for (list, target) in zip(lists, targets) {
            #expect(Set(list) == Set(Control.SettingKey.keys(of: target)), "\(target)")
        }
        #expect(lists.count == targets.count)
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

import Foundation
import Testing

@testable import SluiceDaemon

@Suite("Loading the configuration from files")
struct LoadingTests {
    /// A directory of its own, gone when the test is over.
    final class Scratch {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "sluice-\(UUID().uuidString)")

        init(_ files: [String: String] = [:]) throws {
            let dropIns = directory.appending(path: "sluiced.toml.d")
            try FileManager.default.createDirectory(at: dropIns, withIntermediateDirectories: true)
            for (name, text) in files { try write(Data(text.utf8), to: name) }
        }

        deinit { try? FileManager.default.removeItem(at: directory) }

        var main: String { directory.appending(path: "sluiced.toml").path }

        func write(_ data: Data, to name: String) throws {
            try data.write(to: directory.appending(path: name))
        }

        func load() throws(ConfigurationErrors) -> CheckedConfiguration {
            try CheckedConfiguration(loading: .named(main), accounts: .few)
        }

        /// The messages, without the directory.
        func complaints() -> [String] {
            do throws(ConfigurationErrors) {
                _ = try load()
                return []
            } catch {
                return error.all.map {
                    $0.description.replacingOccurrences(of: directory.path + "/", with: "")
                }
            }
        }
    }

    @Test("Drop-ins are read after the file, by name; hidden and other files are not")
    func order() throws {
        let scratch = try Scratch([
            "sluiced.toml": "[daemon]\nmax_running = 1\nmax_size = 1\nstatus_budget = 1\n",
            "sluiced.toml.d/20-b.toml": "[daemon]\nmax_running = 3\n",
            "sluiced.toml.d/10-a.toml": "[daemon]\nmax_running = 2\nmax_size = 2\n",
            "sluiced.toml.d/.30.toml": "[daemon]\nmax_running = 4\n",
            "sluiced.toml.d/30.toml.bak": "[daemon]\nmax_running = 5\n",
        ])
        let daemon = try scratch.load().engine.daemon
        #expect(daemon.maxRunning == .at(3))
        #expect(daemon.maxSize == .at(2))
        #expect(daemon.statusBudget == 1)
    }

    @Test("Without a file at the standard path the defaults hold")
    func missingStandard() throws {
        guard access(ConfigurationSource.standardPath, F_OK) != 0 else { return }
        let checked = try CheckedConfiguration(loading: .standard, accounts: .few)
        #expect(try checked == check(""))
    }

    @Test("A file that was named has to exist; its drop-ins are checked all the same")
    func missingNamed() throws {
        let scratch = try Scratch(["sluiced.toml.d/a.toml": "[daemon]\nmax_size = -1\n"])
        #expect(
            scratch.complaints() == [
                "sluiced.toml: cannot be read (No such file or directory, ENOENT); "
                    + "create it or name another with --config",
                "sluiced.toml.d/a.toml:2: daemon.max_size: "
                    + "expected a whole number from 0 to 1000000000, or \"none\", found -1",
            ])
    }

    @Test("A directory, a device, other bytes than text and a long file are refused")
    func unfit() throws {
        let scratch = try Scratch(["sluiced.toml": ""])
        try scratch.write(Data([0x61, 0xFF, 0x0A]), to: "sluiced.toml.d/1.toml")
        let long = Data(repeating: 0x0A, count: CheckedConfiguration.fileBytes)
        try scratch.write(long, to: "sluiced.toml.d/2.toml")
        try scratch.write(long + [0x0A], to: "sluiced.toml.d/3.toml")
        let dropIns = scratch.directory.appending(path: "sluiced.toml.d")
        try FileManager.default.createDirectory(
            at: dropIns.appending(path: "4.toml"), withIntermediateDirectories: false)
        #expect(symlink("/dev/null", dropIns.appending(path: "5.toml").path) == 0)
        #expect(symlink("5.toml.gone", dropIns.appending(path: "6.toml").path) == 0)
        #expect(mkfifo(dropIns.appending(path: "7.toml").path, 0o600) == 0)
        let notAFile = "not a regular file; a configuration is read from nothing else"
        #expect(
            scratch.complaints() == [
                "sluiced.toml.d/1.toml: not UTF-8, which TOML is written in",
                "sluiced.toml.d/3.toml: longer than 1048576 bytes; split it into drop-ins",
                "sluiced.toml.d/4.toml: \(notAFile)",
                "sluiced.toml.d/5.toml: \(notAFile)",
                "sluiced.toml.d/6.toml: cannot be read (No such file or directory, ENOENT); "
                    + "create it or name another with --config",
                "sluiced.toml.d/7.toml: \(notAFile)",
            ])
    }

    @Test("The number of drop-ins is bounded")
    func tooMany() throws {
        let scratch = try Scratch(["sluiced.toml": ""])
        for number in 0...CheckedConfiguration.dropIns {
            try scratch.write(Data(), to: "sluiced.toml.d/\(number).toml")
        }
        #expect(scratch.complaints() == ["sluiced.toml.d: 257 drop-ins; at most 256 are read"])
    }

    @Test("Users and groups of this machine are found by name")
    func accounts() {
        #expect(AccountLookup.system.user("root") == .found(0))
        #expect(AccountLookup.system.group("root") == .found(0))
        #expect(AccountLookup.system.user("no such user") == .unknown)
        #expect(AccountLookup.system.group("no such group") == .unknown)
    }
}

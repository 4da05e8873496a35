import Glibc
import SluiceClient
import SluiceWire
import Testing

@Suite struct ReloadTests {
    @Test("SIGHUP applies a changed file, and refuses a wrong one with its line, keeping the old")
    func reloads() throws {
        let daemon = try TestDaemon(configuration: "[daemon]\nmax_running = 7\n")
        let control = try daemon.control()
        #expect(try control.call(Control.Status()).maxRunning == 7)

        try daemon.scratch.write("sluiced.toml", "[daemon]\nmax_running = 8\n")
        daemon.process.send(SIGHUP)
        _ = try daemon.journal.line(containing: "configuration reloaded by SIGHUP")
        #expect(try control.call(Control.Status()).maxRunning == 8)

        let path = try daemon.scratch.write("sluiced.toml", "[daemon]\n\nmax_runing = 9\n")
        daemon.process.send(SIGHUP)
        _ = try daemon.journal.line(containing: "\(path):3: daemon.max_runing")
        _ = try daemon.journal.line(containing: "was not reloaded; the one before it stays")
        #expect(try control.call(Control.Status()).maxRunning == 8)
    }

    @Test("A reload says what it changed, from what to what, and who asked for it")
    func tellsChanges() throws {
        let daemon = try TestDaemon(configuration: "[queue.q]\nmax_size = 7\n")
        try daemon.scratch.write("sluiced.toml", "[queue.q]\nmax_size = 8\n")
        #expect(try daemon.ctl("reload").end == .code(0))
        let user = geteuid()
        _ = try daemon.journal.line(
            containing: "queue q: max_size changed from 7 to 8, as the configuration says now, "
                + "by user \(user)")
        try daemon.scratch.write("sluiced.toml", "")
        daemon.process.send(SIGHUP)
        let line = try daemon.journal.line(containing: "max_size changed from 8 to none")
        #expect(!line.contains("by user"))
    }

    @Test("sluicectl reload says what is wrong, as does a start and --check-config")
    func says() throws {
        let daemon = try TestDaemon()
        let path = try daemon.scratch.write("sluiced.toml", "[daemon]\nmax_running = \"many\"\n")
        let refused = try daemon.ctl("reload")
        #expect(refused.end == .code(78))
        #expect(refused.errors.contains("\(path):2: daemon.max_running"))

        for words in [[], ["--check-config"]] {
            let said = try Said(
                by: ChildProcess(TestDaemon.words(for: daemon.scratch) + words))
            #expect(said.end == .code(78))
            #expect(said.errors.contains("\(path):2: daemon.max_running"))
        }
        try daemon.scratch.write("sluiced.toml", "")
        #expect(try daemon.ctl("reload").end == .code(0))
    }
}

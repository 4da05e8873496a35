import Glibc
import SluiceClient
import SluiceWire
import Testing

/// What arrives at the journal, field by field. Its ids are those of `systemd/sluice.catalog`,
/// written out, because journals that exist have them.
@Suite struct JournalTests {
    private enum ID {
        static let started = "233205abf78b4a2b91c132d80534b601"
        static let stopping = "16155c33457141ff89cd6fae6aee73d9"
        static let configurationInvalid = "137177283cb6437d9fbee7024fa86f4c"
        static let changed = "71244966e4dc492fb6ec7ea49cacac88"
        static let dismissed = "c2de619e65234064a3b8096e44c92e58"
        static let leftOut = "55975b8533f14adba18b5f6e855b2e5f"
    }

    private func isPossible() throws -> Bool {
        let isPossible = try FakeJournal.isPossible
        if !isPossible { print("skipped: no mount namespace can be had for a journal") }
        return isPossible
    }

    @Test("Start, who changed which limit from what to what, and stop")
    func changes() throws {
        guard try isPossible() else { return }
        let scratch = try Scratch()
        let journal = try FakeJournal(scratch)
        try scratch.write("sluiced.toml", "[queue.gpu_queue]\nconcurrency_limit = 1\n")
        let daemon = try ChildProcess(journal.prefix + TestDaemon.words(for: scratch))
        let started = try journal.next(ID.started)
        #expect(started["MESSAGE"]?.hasSuffix("listens in \(scratch.file("run"))") == true)
        #expect(started["PRIORITY"] == "6")
        #expect(started["SYSLOG_IDENTIFIER"] == "sluiced")
        #expect(started["SLUICE_INSTANCE"]?.wholeMatch(of: /[0-9a-f]{32}/) != nil)

        let tool = try ChildProcess(
            [Places.built("sluicectl"), "set", "gpu_queue", "concurrency_limit=3"],
            environment: ["SLUICE_RUNTIME_DIRECTORY": scratch.file("run")])
        #expect(try tool.waitForEnd() == .code(0))
        let changed = try journal.next(ID.changed)
        #expect(changed["SLUICE_QUEUE"] == "gpu_queue")
        #expect(changed["SLUICE_KEY"] == "concurrency_limit")
        #expect(changed["SLUICE_OLD"] == "1")
        #expect(changed["SLUICE_NEW"] == "3")
        #expect(changed["SLUICE_USER"] == "\(geteuid())")
        #expect(changed["PRIORITY"] == "5")

        daemon.send(SIGTERM)
        #expect(try journal.next(ID.stopping)["SLUICE_SIGNAL"] == "SIGTERM")
        #expect(try daemon.waitForEnd() == .code(0))
        // What the journal took is not written to standard error, too.
        #expect(try daemon.errors.all().isEmpty)
    }

    @Test("A stranger who is ended again and again does not fill the journal")
    func flood() throws {
        guard try isPossible() else { return }
        let scratch = try Scratch()
        let journal = try FakeJournal(scratch)
        try scratch.write("sluiced.toml", "")
        let daemon = try ChildProcess(journal.prefix + TestDaemon.words(for: scratch))
        _ = try journal.next(ID.started)
        for number in 1...50 {
            let peer = try RawPeer(DaemonSocket.client.path(in: scratch.file("run")))
            try peer.send(header(kind: 0xee))
            #expect(try peer.farewell().code == "protocol")
            guard number <= 20 else { continue }
            // At once: a journal that does not read makes the daemon wait.
            let dismissed = try journal.next()
            #expect(dismissed["MESSAGE_ID"] == ID.dismissed)
            #expect(dismissed["SLUICE_PID"] == "\(getpid())")
            #expect(dismissed["SLUICE_CODE"] == "protocol")
        }
        daemon.send(SIGTERM)
        let leftOut = try journal.next()
        #expect(leftOut["MESSAGE_ID"] == ID.leftOut)
        #expect(leftOut["SLUICE_COUNT"] == "30")
        #expect(leftOut["SLUICE_KIND"] == ID.dismissed)
        #expect(try journal.next()["MESSAGE_ID"] == ID.stopping)
        #expect(try daemon.waitForEnd() == .code(0))
    }

    @Test("A value with line breaks in it stays one value")
    func forgery() throws {
        guard try isPossible() else { return }
        let scratch = try Scratch()
        let journal = try FakeJournal(scratch)
        let path = try scratch.write("a\nSLUICE_USER=0\nMESSAGE_ID=0", "nonsense")
        let daemon = try ChildProcess(
            journal.prefix + [Places.built("sluiced"), "--check-config", "--config", path])
        let invalid = try journal.next()
        #expect(invalid["MESSAGE_ID"] == ID.configurationInvalid)
        #expect(invalid["SLUICE_FILE"] == path)
        #expect(invalid["SLUICE_USER"] == nil)
        // What people read has no line breaks that somebody else chose.
        let visible = path.replacing("\n", with: "\\n")
        #expect(invalid["MESSAGE"]?.hasPrefix(visible) == true)
        #expect(try daemon.waitForEnd() == .code(78))
    }
}

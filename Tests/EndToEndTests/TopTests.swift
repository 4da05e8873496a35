import Foundation
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

/// `sluicectl top` on a terminal, by a user who types.
@Suite struct TopTests {
    /// What leaves the other screen; everything after it is the shell's.
    private let leaving = "\u{1B}[?1049l"

    @Test("It shows a queue, fits a window that changes, pauses on y, and gives the terminal back")
    func life() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let top = try daemon.top()
        let modes = try top.modes
        try top.show { $0.count == 24 && $0.contains { $0.hasPrefix("work ") } }
        #expect(top.text.contains("\u{1B}[?1049h"))
        #expect(try top.modes != modes)

        try top.resize(columns: 40, rows: 10)
        try top.show { $0.count == 10 && $0.contains { $0.hasPrefix("work ") } }
        #expect(top.lines.allSatisfy { $0.count <= 40 })

        try top.type("p")
        try top.show("pause queue work? y/n")
        #expect(try daemon.queue("work").hold == .running)
        try top.type("n")
        try top.show("nothing was changed.")
        try top.type("p")
        try top.show("pause queue work? y/n")
        try top.type("y")
        try top.show("queue work is paused")
        #expect(try daemon.queue("work").hold == .paused)

        try top.type("q")
        #expect(try top.waitForEnd() == .code(0))
        #expect(top.text.hasSuffix(leaving))
        #expect(try top.modes == modes)
    }

    @Test("A limit is typed and confirmed, and is kept over a restart")
    func resizes() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let top = try daemon.top()
        try top.show("work ")
        try top.type("=3\r")
        try top.show("set queue work: concurrency_limit 1 → 3? y/n")
        try top.type("y")
        try top.show("queue work: concurrency_limit 1 → 3")
        try top.show("0/3")
        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        #expect(try daemon.queue("work").concurrencyLimit == 3)
    }

    @Test("A daemon that is gone is said to be, and comes back by itself")
    func reconnects() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let top = try daemon.top()
        try top.show("work ")
        _ = try daemon.stop(SIGKILL)
        try top.show("no answer for")
        try top.type("py")
        try top.show("pause queue work: sluiced is not running")
        try daemon.startAgain()
        try top.show { $0.first?.contains("sluiced \(version)") == true }
    }

    @Test("A daemon that hangs does not hold the keyboard")
    func hangs() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let top = try daemon.top()
        let modes = try top.modes
        try top.show("work ")
        daemon.process.send(SIGSTOP)
        try top.show("no answer for")
        try top.type("?")
        try top.show("any key goes back")
        try top.type("xq")
        #expect(try top.waitForEnd() == .code(0))
        #expect(try top.modes == modes)
        daemon.process.send(SIGCONT)
    }

    @Test("A signal ends it as it ends others, after the terminal is given back")
    func signals() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        for signal in [SIGTERM, SIGHUP, SIGQUIT, SIGINT] {
            let top = try daemon.top()
            let modes = try top.modes
            try top.show("work ")
            // ^C is a key that makes a signal, also here.
            if signal == SIGINT { try top.type("\u{3}") } else { top.send(signal) }
            #expect(try top.waitForEnd() == .signal(signal))
            #expect(top.text.hasSuffix(leaving))
            #expect(try top.modes == modes)
        }
    }

    @Test("A signal ends it and gives the keyboard back, also where nobody takes what it draws")
    func blocked() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let top = try daemon.top()
        let modes = try top.modes
        try top.show("work ")
        try top.holdOutput()
        top.send(SIGTERM)
        #expect(try top.waitForEnd() == .signal(SIGTERM))
        #expect(try top.modes == modes)
    }

    @Test("^Z goes to the shell with its terminal as it was, and fg comes back")
    func stops() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let shell = try ScreenProcess(
            ["bash", "--norc", "--noprofile", "-i"],
            environment: ["SLUICE_RUNTIME_DIRECTORY": daemon.directory, "PS1": "ready> "],
            columns: 80, rows: 24)
        try shell.print("ready> ")
        try shell.type("'\(Places.built("sluicectl"))' top\r")
        try shell.show { $0.contains { $0.hasPrefix("work ") } }
        try shell.type("\u{1A}")
        try shell.print("Stopped")
        #expect(shell.text.contains(leaving))
        shell.forget()
        try shell.type("stty -a\r")
        try shell.print(" icanon")
        shell.forget()
        try shell.type("fg\r")
        try shell.print("\u{1B}[?1049h")
        try shell.show { $0.contains { $0.hasPrefix("work ") } }
        shell.forget()
        try shell.type("q")
        try shell.print("ready> ")
        try shell.type("exit\r")
        #expect(try shell.waitForEnd() == .code(0))
    }

    @Test(
        "Who may only look is told which group may change",
        .enabled(if: geteuid() == 0, "only root can become somebody else"))
    func refuses() throws {
        let daemon = try TestDaemon(
            configuration: "[function.work]\n[control]\nread_group = 4321\nadmin_group = 4322\n")
        let reader = ["setpriv", "--reuid=65534", "--regid=4321", "--clear-groups"]
        let top = try daemon.top(as: reader)
        try top.show("work ")
        try top.type("py")
        try top.show("pause queue work: permission denied")
        try top.show("the group 4322.")
        #expect(try daemon.queue("work").hold == .running)
        try top.type("q")
        #expect(try top.waitForEnd() == .code(0))
    }

    @Test("--once prints one page or one object, also where there is no terminal")
    func once() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let client = try daemon.client()
        for _ in 0..<3 { try client.submit("work", .json("[]")) }
        try client.flush()
        try daemon.settle { $0.waiting == 3 }
        let page = try daemon.ctl("top", "--once")
        #expect(page.end == .code(0))
        #expect(page.output.contains("\nwork "))
        #expect(!page.output.contains("\u{1B}"))
        let sample = try daemon.sample()
        #expect(Set(sample.keys) == ["daemon", "queues", "devices", "workers", "oldest_waiting"])
        let oldest = try #require(sample["oldest_waiting"] as? [[String: Any]])
        #expect(oldest.map { $0["rank"] as? Int } == [0, 1, 2])
    }

    @Test("The requests that wait longest are found behind many that run")
    func oldest() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        #expect(try daemon.ctl("set", "--daemon", "max_running=100").end == .code(0))
        #expect(try daemon.ctl("set", "work", "concurrency_limit=70").end == .code(0))
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 80)
        let client = try daemon.client()
        for _ in 0..<73 { try client.submit("work", .json("[]")) }
        try client.flush()
        try daemon.settle { $0.running == 70 && $0.waiting == 3 }
        let sample = try daemon.sample()
        let oldest = try #require(sample["oldest_waiting"] as? [[String: Any]])
        #expect(oldest.map { $0["id"] as? Int } == [71, 72, 73])
        #expect(oldest.map { $0["rank"] as? Int } == [0, 1, 2])
    }

    @Test("Where it cannot draw it says so before anything else, with the code of a wrong word")
    func demandsTerminal() throws {
        let daemon = try TestDaemon()
        for words in [
            ["top"], ["top", "--json"], ["top", "--once", "--interval", "soon"],
            ["top", "--once", "--interval", "0"],
        ] {
            #expect(try daemon.ctl(words).end == .code(64), "\(words)")
        }
        #expect(try daemon.ctl("top").errors.contains("--once"))
        let dumb = try daemon.top(environment: ["TERM": "dumb"])
        #expect(try dumb.waitForEnd() == .code(64))
        #expect(dumb.text.contains("'dumb' (TERM)"))
        #expect(!dumb.text.contains("\u{1B}[?"))
        #expect(try daemon.stop() == .code(0))
        let alone = try daemon.top()
        #expect(try alone.waitForEnd() == .code(3))
        #expect(try daemon.ctl("top", "--once").end == .code(3))
    }
}

extension TestDaemon {
    fileprivate func top(
        as prefix: [String] = [], environment: [String: String] = [:]
    ) throws -> ScreenProcess {
        try ScreenProcess(
            prefix + [Places.built("sluicectl"), "top", "--interval", "100ms"],
            environment: environment.merging(["SLUICE_RUNTIME_DIRECTORY": directory]) { $1 },
            columns: 100, rows: 24)
    }

    /// What `--once --json` prints.
    fileprivate func sample() throws -> [String: Any] {
        let said = try ctl("top", "--once", "--json")
        #expect(said.end == .code(0), "\(said.errors)")
        let object = try JSONSerialization.jsonObject(with: Data(said.output.utf8))
        return try #require(object as? [String: Any])
    }

    fileprivate func queue(_ name: String) throws -> Control.Queue {
        try control().call(Control.GetQueue(concurrencyID: name)).queue
    }
}

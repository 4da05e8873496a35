import Glibc
import SluiceClient
import Testing

/// What the tool says of a daemon that is not there, does not answer, or is not for us.
@Suite struct UnreachableTests {
    @Test("Without a daemon it says so, and how to start one there")
    func absent() throws {
        let scratch = try Scratch()
        for words in [["status"], ["submit", "f"], ["monitor"], ["drain", "--daemon", "--wait"]] {
            let said = try Said(
                by: ChildProcess(
                    [Places.built("sluicectl")] + words + ["--runtime-directory", scratch.path]))
            #expect(said.end == .code(3))
            #expect(said.errors.contains("there is no \(scratch.path)/"))
            #expect(said.errors.contains("sluiced --runtime-directory \(scratch.path)"))
        }
    }

    @Test("A socket that a dead daemon left is told from none")
    func stale() throws {
        let daemon = try TestDaemon()
        #expect(try daemon.stop(SIGKILL) == .signal(SIGKILL))
        let said = try daemon.ctl("status")
        #expect(said.end == .code(3))
        #expect(said.errors.contains("nobody listens on \(daemon.directory)/control.sock"))
    }

    @Test("A daemon that does not answer is not waited for without end")
    func silent() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        daemon.process.send(SIGSTOP)
        for words in ["status", "monitor", "submit f", "drain f --wait", "reload"] {
            let said = try daemon.ctl(
                words.split(separator: " ").map(String.init) + ["--answer-timeout", "200ms"])
            #expect(said.end == .code(3), "\(words)")
            #expect(said.errors.contains("sluiced does not answer: \(daemon.directory)/"))
            #expect(said.errors.contains("nothing came for 200ms"))
        }
    }

    @Test("Who waits is told so, and gets the answer when it comes")
    func late() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        daemon.process.send(SIGSTOP)
        let tools = try [["status"], ["submit", "f", "--queue-timeout", "10ms"]].map {
            try daemon.startCtl($0 + ["--answer-timeout=none"])
        }
        for tool in tools { _ = try tool.errors.line(containing: "waiting for sluiced to answer") }
        daemon.process.send(SIGCONT)
        #expect(try Said(by: tools[0]).end == .code(0))
        #expect(try Said(by: tools[1]).end == .code(124))
    }

    @Test("Who looks on while the daemon dies is told", arguments: [SIGTERM, SIGKILL])
    func dies(signal: CInt) throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        let submit = try daemon.startCtl(["submit", "f", "--answer-timeout", "200ms"])
        try daemon.settle { $0.waiting == 1 }
        let monitor = try daemon.startCtl(["monitor"])
        _ = try monitor.output.line(containing: "monitoring")
        let drain = try daemon.startCtl(["drain", "f", "--wait"])
        _ = try drain.errors.line(containing: "f cannot finish: no worker that serves function f")
        _ = try daemon.stop(signal)
        for (tool, code, word) in [
            (monitor, 1, "restart"), (drain, 1, "restart"), (submit, 3, "not back on"),
        ] {
            let said = try Said(by: tool)
            #expect(said.end == .code(CInt(code)), "\(said.errors)")
            #expect(said.errors.contains(word), "\(said.errors)")
            #expect(
                said.errors.contains("Request 1 has no outcome") == (tool === submit),
                "\(said.errors)")
        }
    }

    @Test(
        "Who joined a group after logging in is told to do so again",
        .enabled(if: geteuid() == 0, "only root can become somebody else"))
    func sinceLogin() throws {
        let daemon = try TestDaemon(configuration: "[control]\nread_group = 4321\n")
        // A database of groups for one process alone.
        let groups = try daemon.scratch.write("group", "others:x:4321:nobody\n")
        let said = try Said(
            by: ChildProcess(
                [
                    "unshare", "--mount", "sh", "-ec",
                    "mount --bind \(groups) /etc/group; exec setpriv --reuid=nobody "
                        + "--regid=65534 --clear-groups \"$@\"",
                    "sh", Places.built("sluicectl"), "status",
                ],
                environment: ["SLUICE_RUNTIME_DIRECTORY": daemon.directory]))
        #expect(said.end == .code(77))
        #expect(said.errors.contains("nobody has joined it"), "\(said.errors)")
    }
}

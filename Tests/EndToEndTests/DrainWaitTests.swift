import Glibc
import SluiceClient
import SluiceWire
import Testing

/// `drain --wait` returns when the work is done, and until then says why it is not.
@Suite struct DrainWaitTests {
    @Test(
        "What keeps a drain from ending is named, with what would help",
        arguments: [
            ("pause --daemon", "the daemon is paused", "resume --daemon"),
            ("pause --function echo", "function echo is paused", "resume --function echo"),
            (
                "set q concurrency_limit=0", "concurrency_limit of queue q is 0",
                "set q concurrency_limit=1"
            ),
        ])
    func obstacle(words: String, reason: String, cure: String) throws {
        let daemon = try TestDaemon(configuration: "[function.echo]\nconcurrency_id = \"q\"\n")
        #expect(try daemon.ctl(words.split(separator: " ").map(String.init)).end == .code(0))
        _ = try EchoWorker(daemon)
        let client = try daemon.client()
        let request = try client.submit("echo", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let drain = try daemon.startCtl(["drain", "q", "--wait"])
        _ = try drain.errors.line(
            containing: "waiting for queue q: 1 request waits, 0 batches run.")
        _ = try drain.errors.line(containing: "queue q cannot finish: \(reason)")
        _ = try drain.errors.line(containing: "Try: sluicectl")
        #expect(try daemon.ctl(cure.split(separator: " ").map(String.init)).end == .code(0))
        #expect(try drain.waitForEnd() == .code(0))
        #expect(try client.outcome(of: request).outcome == .completed)
    }

    @Test("A reason that changes is told anew")
    func changes() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        let client = try daemon.client()
        try client.submit("f", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let drain = try daemon.startCtl(["drain", "--function", "f", "--wait", "--json"])
        _ = try drain.errors.line(containing: "function f cannot finish: no worker")
        #expect(try daemon.ctl("pause", "--daemon").end == .code(0))
        _ = try drain.errors.line(containing: "function f cannot finish: the daemon is paused")
        #expect(try daemon.ctl("cancel", "1").end == .code(0))
        #expect(try drain.waitForEnd() == .code(0))
        #expect(try drain.output.all().filter { $0 == "\n" }.count == 1)
    }

    @Test("Events that never cease do not keep it from telling what changed")
    func busy() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        let client = try daemon.client()
        try client.submit("f", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let drain = try daemon.startCtl(["drain", "--function", "f", "--wait"])
        _ = try drain.errors.line(containing: "function f cannot finish: no worker")
        let control = try daemon.control()
        _ = try control.call(Control.Pause(target: .daemon))
        var said = ""
        let deadline = ContinuousClock.now + patience
        for size in 100... where ContinuousClock.now < deadline {
            let values = ["max_size": Control.SettingValue.number(Double(size))]
            _ = try control.call(Control.Set(target: .queue("f"), values: values, runtime: true))
            // Or the daemon would wait for its journal to be read.
            _ = try daemon.journal.awaitMore(within: .zero)
            said = try drain.errors.soFar()
            if said.contains("the daemon is paused") { break }
            #expect(try drain.isRunning)
        }
        #expect(said.contains("function f cannot finish: the daemon is paused"))
    }

    @Test("An end that was not heard, because the listener was slow, is seen")
    func missed() throws {
        let queue = String(repeating: "q", count: 120)
        let daemon = try TestDaemon(
            configuration: "[function.f]\nconcurrency_id = \"\(queue)\"\n")
        let client = try daemon.client()
        try client.submit("f", .json("[]"))
        try client.flush()
        try daemon.settle { $0.waiting == 1 }
        let drain = try daemon.startCtl(["drain", queue, "--wait"])
        _ = try drain.errors.line(containing: "cannot finish: no worker")
        drain.send(SIGSTOP)
        let control = try daemon.control()
        // More than is kept for a monitor and a socket holds: it will have missed the end.
        for size in 1...1000 {
            let value = Control.SettingValue.number(Double(size))
            let values = ["max_size": value, "max_wait": value, "concurrency_limit": value]
            _ = try control.call(
                Control.Set(target: .queue(queue), values: values, runtime: true))
            _ = try daemon.journal.awaitMore(within: .zero)
        }
        _ = try control.call(Control.Cancel(id: 1))
        drain.send(SIGCONT)
        #expect(try drain.waitForEnd() == .code(0))
    }

    @Test("Where there is nothing to finish nothing is said")
    func nothing() throws {
        let daemon = try TestDaemon(configuration: "[function.f]")
        let said = try daemon.ctl("drain", "f", "--wait")
        #expect(said.end == .code(0))
        #expect(said.errors.isEmpty, "\(said.errors)")
    }
}

import Glibc
import SluiceClient
import SluiceSystem
import SluiceWire
import Testing

@Suite struct ManagerTests {
    @Test("The manager hears READY, RELOADING and STOPPING, each when it is true")
    func notifies() throws {
        let scratch = try Scratch()
        let manager = try FakeManager(scratch.file("notify"))
        let daemon = try TestDaemon(environment: ["NOTIFY_SOCKET": manager.path])
        #expect(try manager.next() == ["READY=1", "STATUS=no queues, no workers attached"])
        #expect(try daemon.control().call(Control.Status()).clients == 0)

        daemon.process.send(SIGHUP)
        let reloading = try manager.next()
        #expect(reloading.first == "RELOADING=1")
        #expect(reloading.dropFirst().first?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect(reloading.last == "STATUS=reloading the configuration")
        #expect(try manager.next() == ["READY=1", "STATUS=no queues, no workers attached"])

        #expect(try daemon.stop() == .code(0))
        #expect(
            try manager.next() == [
                "STOPPING=1", "STATUS=stopping: 0 waiting, 0 running; peers come back",
            ])
    }

    @Test("The status says what is there and works, and what it was last is always told")
    func status() throws {
        let scratch = try Scratch()
        let manager = try FakeManager(scratch.file("notify"))
        let daemon = try TestDaemon(
            configuration: "[queue.configured]\nconcurrency_limit = 1\n",
            environment: ["NOTIFY_SOCKET": manager.path])
        // What the configuration names is there when it says that it is ready.
        #expect(try manager.next() == ["READY=1", "STATUS=1 queue, no workers attached"])
        let client = try daemon.client()
        let worker = try daemon.worker()
        // At once; what follows within seconds is told together.
        #expect(try manager.next() == ["STATUS=1 queue, 1 worker: idle"])
        try worker.declare("echo")
        try worker.ready(slots: 1)
        for _ in 0..<3 { _ = try client.submit("echo", .json("[]")) }
        try client.flush()
        let grant = try worker.nextGrant()
        #expect(try manager.next() == ["STATUS=2 queues, 1 worker: 2 waiting, 1 running"])
        withExtendedLifetime(grant) {}

        #expect(try daemon.ctl("drain", "--daemon").end == .code(0))
        #expect(try manager.next() == ["STATUS=draining; 2 queues, 1 worker: 2 waiting, 1 running"])
        try daemon.scratch.write("sluiced.toml", "nonsense")
        #expect(try daemon.ctl("reload").end != .code(0))
        #expect(try manager.next().first == "RELOADING=1")
        #expect(
            try manager.next() == [
                "READY=1",
                "STATUS=draining; 2 queues, 1 worker: 2 waiting, 1 running; "
                    + "the last reload was refused, see the journal",
            ])
        withExtendedLifetime((client, worker)) {}
    }

    @Test("Sockets that the manager passes are used, and stay when the daemon goes")
    func takesSockets() throws {
        let scratch = try Scratch()
        let daemon = try TestDaemon(
            prefix: [
                "python3", Places.peer("activate"), scratch.path, "client", "worker", "control",
            ])
        // Its own directory stays empty: it needs none of its own.
        #expect(try daemon.scratch.names(in: "run").isEmpty)
        for socket in [DaemonSocket.client, .worker] {
            try RawPeer(socket.path(in: scratch.path)).open()
        }
        let control = try ControlConnection(runtimeDirectory: scratch.path)
        #expect(try control.call(Control.Status()).pid == daemon.process.id)
        #expect(try daemon.stop() == .code(0))
        #expect(
            try scratch.names(in: ".") == ["client.sock", "control.sock", "worker.sock"])
    }

    @Test("What the manager does not pass, the daemon makes itself")
    func makesTheRest() throws {
        let scratch = try Scratch()
        let daemon = try TestDaemon(
            prefix: ["python3", Places.peer("activate"), scratch.path, "client", "strange"])
        try RawPeer(DaemonSocket.client.path(in: scratch.path)).open()
        try daemon.raw(.worker).open()
        #expect(throws: (any Error).self) { try daemon.raw(.client) }
        #expect(throws: (any Error).self) { try RawPeer(scratch.file("strange.sock")) }
    }

    @Test("It keeps the manager's watchdog quiet for as long as it takes turns")
    func watchdog() throws {
        let scratch = try Scratch()
        let manager = try FakeManager(scratch.file("notify"))
        let daemon = try TestDaemon(
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"])
        var heard: Set<[String]> = []
        var signs = 0
        while signs < 3 {
            let word = try manager.next()
            if word == ["WATCHDOG=1"] { signs += 1 }
            heard.insert(word)
        }
        #expect(heard == [["WATCHDOG=1"], ["READY=1", "STATUS=no queues, no workers attached"]])
        #expect(try daemon.stop() == .code(0))
    }
}

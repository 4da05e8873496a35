import SluiceClient
import SluiceWire
import Testing

@Suite("A control connection")
struct ControlConnectionTests {
    @Test("A call is answered by its reply, and the next by the next")
    func calls() throws {
        let daemon = try FakeDaemon(.control) { peer in
            for pid: Int32 in [1, 2] {
                guard case .status = try Control.Call(peer.nextCall()) else {
                    throw Surprise.frame
                }
                let status = Control.Daemon(version: "1", instance: "i", pid: pid)
                try peer.send(Control.Status.message(reply: status))
            }
        }
        let control = try ControlConnection(runtimeDirectory: daemon.directory)
        #expect(try control.call(Control.Status()).pid == 1)
        #expect(try control.call(Control.Status()).pid == 2)
        try daemon.finish()
    }

    @Test("Lists are gathered over their pages")
    func pages() throws {
        let daemon = try FakeDaemon(.control) { peer in
            let pages: [(String?, String, String?)] = [(nil, "a", "a"), ("a", "b", nil)]
            for (after, name, next) in pages {
                guard case .listQueues(let call) = try Control.Call(peer.nextCall()),
                    call.after == after
                else { throw Surprise.frame }
                let page = Control.ListQueues.Reply(
                    queues: [Control.Queue(concurrencyID: name)], next: next)
                try peer.send(Control.ListQueues.message(reply: page))
            }
        }
        let control = try ControlConnection(runtimeDirectory: daemon.directory)
        #expect(try control.queues().map(\.concurrencyID) == ["a", "b"])
        try daemon.finish()
    }

    @Test("Events come until the last reply")
    func events() throws {
        let daemon = try FakeDaemon(.control) { peer in
            guard case .monitor = try Control.Call(peer.nextCall()) else { throw Surprise.frame }
            for (kind, continues) in [(Control.EventKind.monitoring, true), (.drained, false)] {
                let event = Control.Event(kind: kind, happenedAt: 0, message: "")
                try peer.send(
                    Control.Monitor.message(reply: .init(event: event), continues: continues))
            }
        }
        let control = try ControlConnection(runtimeDirectory: daemon.directory)
        var replies = try control.replies(to: Control.Monitor())
        var kinds: [Control.EventKind] = []
        while let reply = try replies.next() { kinds.append(reply.event.kind) }
        #expect(kinds == [.monitoring, .drained])
        try daemon.finish()
    }

    @Test("A refusal is the error that the daemon named")
    func refusals() throws {
        let daemon = try FakeDaemon(.control) { peer in
            _ = try peer.nextCall()
            try peer.send(ControlError.unknownQueue("gp", nearest: "gpu").message)
            _ = try peer.nextCall()
            try peer.send(VarlinkServiceError.methodNotFound("x").message)
            _ = try peer.nextCall()
            try peer.send(Array("no JSON\0".utf8))
        }
        let control = try ControlConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.refused(.unknownQueue("gp", nearest: "gpu"))) {
            try control.call(Control.GetQueue(concurrencyID: "gp"))
        }
        #expect(throws: ClientError.unsupported(.methodNotFound("x"))) {
            try control.call(Control.Reload())
        }
        #expect {
            try control.call(Control.Reload())
        } throws: { error in
            guard case ClientError.protocolViolation? = error as? ClientError else { return false }
            return true
        }
        try daemon.finish()
    }

    @Test("A daemon that goes away is closed, one that is not there is not running")
    func gone() throws {
        let daemon = try FakeDaemon(.control) { peer in _ = try peer.nextCall() }
        let control = try ControlConnection(runtimeDirectory: daemon.directory)
        #expect(throws: ClientError.closed) { try control.call(Control.Status()) }
        try daemon.finish()
        #expect(throws: ClientError.notRunning(socket: "/nonexistent/control.sock")) {
            try ControlConnection(runtimeDirectory: "/nonexistent")
        }
        let long = String(repeating: "a", count: 200)
        #expect(throws: ClientError.unusablePath("\(long)/control.sock")) {
            try ControlConnection(runtimeDirectory: long)
        }
    }
}

import Foundation
import SluiceClient
import SluiceSystem
import SluiceWire
import Synchronization
import Testing

@Suite("A daemon that does not answer")
struct PatienceTests {
    @Test("It is given up after the limit, by every kind of connection")
    func limit() throws {
        let control = try FakeDaemon(.control) { peer in
            _ = try peer.nextCall()
            try peer.expectClosed()
        }
        let patience = Patience(limit: .milliseconds(30))
        let silence = ClientError.silent(
            socket: DaemonSocket.control.path(in: control.directory), for: .milliseconds(30))
        do {
            let connection = try ControlConnection(
                runtimeDirectory: control.directory, patience: patience)
            #expect(throws: silence) { try connection.call(Control.Status()) }
        }
        try control.finish()

        let client = try FakeDaemon(.client) { peer in
            _ = try peer.nextFrame()
            try peer.expectClosed()
        }
        #expect(
            throws: ClientError.silent(
                socket: DaemonSocket.client.path(in: client.directory), for: .milliseconds(30))
        ) {
            try DataConnection(runtimeDirectory: client.directory, patience: patience)
        }
        try client.finish()
    }

    @Test("Where so many wait to be accepted that connecting waits, that is bounded, too")
    func backlog() throws {
        let directory = "/tmp/sluice-client-tests-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = DaemonSocket.control.path(in: directory)
        let listener = try UnixListener(path: path, mode: 0o600, backlog: 0)
        let first = try UnixSocket.connect(to: path, blocking: true)
        #expect(throws: ClientError.silent(socket: path, for: .milliseconds(30))) {
            try ControlConnection(
                runtimeDirectory: directory, patience: Patience(limit: .milliseconds(30)))
        }
        withExtendedLifetime(first.number + listener.number) {}
    }

    @Test("Who waits hears of it once, and gets the answer when it comes")
    func notice() throws {
        let noticed = DispatchSemaphore(value: 0)
        let notices = Mutex(0)
        let daemon = try FakeDaemon(.control) { peer in
            _ = try peer.nextCall()
            guard noticed.wait(timeout: .now() + 20) == .success else { throw Surprise.timeout }
            let status = Control.Daemon(version: "1", instance: "i", pid: 7)
            try peer.send(Control.Status.message(reply: status))
        }
        // The patience is the test's only clock: the daemon answers when it was given up on once.
        let patience = Patience(limit: nil) {
            notices.withLock { $0 += 1 }
            noticed.signal()
        }
        let control = try ControlConnection(
            runtimeDirectory: daemon.directory, patience: patience.after(.milliseconds(10)))
        #expect(try control.call(Control.Status()).pid == 7)
        #expect(notices.withLock { $0 } == 1)
        try daemon.finish()
    }

    @Test("Events may take their time after the first, and a wait for one may be cut short")
    func events() throws {
        let asked = DispatchSemaphore(value: 0)
        let daemon = try FakeDaemon(.control) { peer in
            _ = try peer.nextCall()
            func tell(_ kind: Control.EventKind) throws {
                let event = Control.Event(kind: kind, happenedAt: 0, message: "")
                try peer.send(Control.Monitor.message(reply: .init(event: event), continues: true))
            }
            try tell(.monitoring)
            guard asked.wait(timeout: .now() + 20) == .success else { throw Surprise.timeout }
            try tell(.drained)
        }
        let control = try ControlConnection(
            runtimeDirectory: daemon.directory, patience: Patience(limit: .seconds(20)))
        var events = try control.replies(to: Control.Monitor())
        #expect(try events.next()?.event.kind == .monitoring)
        let path = DaemonSocket.control.path(in: daemon.directory)
        #expect(throws: ClientError.silent(socket: path, for: .milliseconds(10))) {
            try events.next(within: .milliseconds(10))
        }
        asked.signal()
        #expect(try events.next()?.event.kind == .drained)
        try daemon.finish()
    }
}

extension Patience {
    fileprivate func after(_ time: Duration) -> Patience {
        var patience = self
        patience.noticeAfter = time
        return patience
    }
}

import Foundation
import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct RestartTests {
    @Test("On SIGTERM peers are told to come back, and sockets go", arguments: [SIGTERM, SIGINT])
    func stops(signal: Int32) throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let client = try daemon.client()
        let worker = try daemon.worker()
        try worker.declare("work")
        try worker.ready(slots: 1)
        let number = try client.submit("work", .json("[]"))
        try client.flush()
        _ = try worker.nextGrant()

        #expect(try daemon.stop(signal) == .code(0))
        let path = DaemonSocket.client.path(in: daemon.directory)
        #expect(throws: ClientError.notBack(socket: path, after: .zero)) {
            try client.outcome(of: number)
        }
        let other = DaemonSocket.worker.path(in: daemon.directory)
        #expect(throws: ClientError.notBack(socket: other, after: .zero)) {
            try worker.nextOrder()
        }
        #expect(try daemon.scratch.names(in: "run").filter { $0.hasSuffix(".sock") }.isEmpty)
        #expect(
            try daemon.journal.all().contains(
                "1 batches are running and 0 requests wait; peers are told to come back"))
    }

    @Test("It starts again where it was stopped or killed", arguments: [SIGTERM, SIGKILL])
    func startsAgain(signal: Int32) throws {
        let daemon = try TestDaemon()
        let first = try daemon.client().welcome.instance
        _ = try daemon.stop(signal)
        try daemon.startAgain()
        _ = try EchoWorker(daemon)
        let client = try daemon.client()
        #expect(client.welcome.instance != first)
        #expect(try client.outcome(of: try client.submit("echo", .json("[]"))).code == "ok")
    }

    @Test("A second daemon on the same directory says who is in its way, and harms nobody")
    func second() throws {
        let daemon = try TestDaemon()
        _ = try EchoWorker(daemon)
        let second = try Said(by: ChildProcess(TestDaemon.words(for: daemon.scratch)))
        #expect(second.end == .code(1))
        #expect(
            second.errors.contains(
                "another program is listening on \(daemon.directory)/client.sock"))
        let client = try daemon.client()
        #expect(try client.outcome(of: try client.submit("echo", .json("[]"))).code == "ok")
    }

    @Test("Python peers find back to a daemon that was restarted, and lose nothing")
    func pythonPeers() throws {
        let daemon = try TestDaemon(configuration: "[function.work]")
        let client = try daemon.python("patient_client", "work", "20")
        _ = try client.output.line(containing: "accepted")
        #expect(try daemon.stop() == .code(0))
        try daemon.startAgain()
        let worker = try daemon.python("plain_worker", "work")
        #expect(try client.output.line(containing: "done") == "done 20")
        try #expect(client.waitForEnd() == .code(0))
        worker.send(SIGTERM)
        try #expect(worker.waitForEnd() == .code(0))
    }

    @Test("A directory that is not there yet is made, one that cannot be is named")
    func directories() throws {
        let daemon = try TestDaemon()
        let names = try daemon.scratch.names(in: "state").filter {
            !$0.hasPrefix("requests.sqlite")
        }
        #expect(names == ["places.json", "ticket.key"])
        let mode = try FileManager.default.attributesOfItem(atPath: daemon.scratch.file("state"))
        #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o700)

        let wrong = try Said(
            by: ChildProcess([
                Places.built("sluiced"), "--runtime-directory", "/proc/nowhere",
            ]))
        #expect(wrong.end == .code(1))
        #expect(wrong.errors.contains("/proc/nowhere"))
    }
}

import Glibc
import SluiceClient
import SluiceModel
import SluiceWire
import Testing

@Suite struct LimitTests {
    @Test("One connection too many is told which limit it is, every time", arguments: 0..<2)
    func tooMany(kind: Int) throws {
        let key = ["max_connections", "max_connections_per_user"][kind]
        let daemon = try TestDaemon(configuration: "[daemon]\n\(key) = 1\n")
        let first = try daemon.client()
        for _ in 0..<50 {
            do {
                _ = try daemon.client()
                Issue.record("it was let in")
            } catch ClientError.dismissed(let code, let message) {
                #expect(code == Farewell.Code.tooMany.rawValue)
                #expect(message.contains(key))
            }
        }
        #expect(try first.outcome(of: try first.submit("f", .json("[]"))).outcome == .rejected)
        try daemon.settle { $0.clients == 1 }
    }

    @Test("Long frames that are not finished are memory, and bounded for all together")
    func unfinishedFrames() throws {
        let daemon = try TestDaemon(configuration: "[daemon]\nmax_incoming_bytes = \"4MiB\"\n")
        let polite = try daemon.client()
        let frame = encoded { out in
            [UInt8](repeating: 0, count: 3 << 20).withUnsafeBytes { bytes in
                let submit = Submit(function: "f", payload: Payload(nil, .inline(bytes)))
                ClientRequest.submit(RequestNumber(rawValue: 1), submit).encode(into: &out)
            }
        }
        let (first, second) = (try daemon.raw(.client), try daemon.raw(.client))
        for peer in [first, second] {
            try peer.open()
            try peer.send(Array(frame.dropLast(1)))
        }
        #expect(try second.farewell().code == Farewell.Code.tooLarge.rawValue)
        // Nobody else pays: who was within the bound finishes, and short frames go through.
        try first.send([0])
        #expect(try first.next()?.kind == .outcome)
        #expect(try polite.outcome(of: polite.submit("f", .json("[]"))).code == "unknown_function")
    }

    @Test("One worker too many is told so")
    func tooManyWorkers() throws {
        let daemon = try TestDaemon(configuration: "[daemon]\nmax_workers = 1\n")
        _ = try EchoWorker(daemon)
        do {
            _ = try daemon.worker()
            Issue.record("it was let in")
        } catch ClientError.dismissed(_, let message) {
            #expect(message.contains("max_workers"))
        }
    }

    @Test("Whoever steers the daemon gets through though the control socket is full")
    func control() throws {
        let daemon = try TestDaemon(configuration: "[control]\nmax_connections = 3\n")
        let crowd = try (0..<5).map { _ in try daemon.control() }
        for control in crowd { #expect(try control.call(Control.Status()).clients == 0) }
    }

    @Test("Who is idle in the crowd on the control socket, and may do nothing, is turned away")
    func controlCrowd() throws {
        let daemon = try TestDaemon(configuration: "[control]\nmax_connections = 3\n")
        let crowd = try ChildProcess(
            unprivileged
                + ["/usr/bin/python3", Places.peer("control_crowd"), daemon.directory, "5"])
        #expect(try crowd.output.line(containing: "TooMany").contains("2 of 5"))
        #expect(try daemon.ctl("status").end == .code(0))
    }

    @Test("The soft limit on descriptors is not the daemon's limit")
    func raisesLimit() throws {
        let daemon = try TestDaemon(
            prefix: ["sh", "-c", "ulimit -S -n 32; exec \"$@\"", "sh"])
        let crowd = try (0..<64).map { _ in try daemon.client() }
        try daemon.settle { $0.clients == crowd.count }
    }

    @Test("Out of descriptors it serves whom it has, says what to do once, and recovers")
    func shortage() throws {
        let daemon = try TestDaemon(prefix: ["sh", "-c", "ulimit -n 48; exec \"$@\"", "sh"])
        let control = try daemon.control()
        _ = try EchoWorker(daemon)
        let client = try daemon.client()
        var crowd = try (0..<64).map { _ in try daemon.raw(.client) }
        for peer in crowd { try peer.send { out in hello.encode(into: &out) } }
        _ = try daemon.journal.line(containing: "raise LimitNOFILE=")
        for _ in 0..<100 {
            #expect(try client.outcome(of: try client.submit("echo", .json("[]"))).code == "ok")
        }
        #expect(try control.call(Control.Status()).workers == 1)
        crowd.removeAll()
        let late = try daemon.client()
        #expect(try late.outcome(of: try late.submit("echo", .json("[]"))).code == "ok")
        let said = try daemon.journal.soFar().split(separator: "\n")
        #expect(said.count { $0.contains("LimitNOFILE=") } == 1)
    }
}

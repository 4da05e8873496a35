import Foundation
import SluiceClient
import SluiceWire
import Testing

@Suite struct ControlGarbageTests {
    /// What is said, and what the answer has to name.
    static let calls: [(String, String)] = [
        ("{\"method\": \"io.sluice.Control.Explode\"}", "MethodNotFound"),
        ("{\"method\": \"org.example.Missing.Ping\"}", "InterfaceNotFound"),
        ("{\"method\": \"\"}", "InterfaceNotFound"),
        ("{\"method\": \"io.sluice.Control.Monitor\"}", "ExpectedMore"),
        ("{\"method\": \"io.sluice.Control.Explain\"}", "InvalidParameter"),
        (
            "{\"method\": \"io.sluice.Control.Explain\", \"parameters\": {\"id\": \"x\"}}",
            "InvalidParameter"
        ),
        (
            "{\"method\": \"io.sluice.Control.Drain\", \"parameters\": {\"target\": {}}}",
            "InvalidParameter"
        ),
        (
            "{\"method\": \"io.sluice.Control.Cancel\", \"parameters\": {\"id\": 1e300}}",
            "InvalidParameter"
        ),
        (
            "{\"method\": \"io.sluice.Control.Set\", \"parameters\": {\"target\": {\"daemon\": "
                + "true}, \"values\": {\"max_running\": -1}}}", "ValueOutOfRange"
        ),
    ]

    @Test("A call that makes no sense costs the call, and says why", arguments: calls)
    func costsTheCall(call: String, error: String) throws {
        let daemon = try TestDaemon()
        let peer = try daemon.raw(.control)
        try peer.send(Array(call.utf8) + [0])
        #expect(try peer.reply().contains(error))
        // The connection goes on.
        try peer.send(Array("{\"method\": \"io.sluice.Control.Status\"}".utf8) + [0])
        #expect(try peer.reply().contains("\"pid\":\(daemon.process.id)"))
    }

    /// A message by its name: a failure does not print millions of bytes.
    struct Garbage: CustomTestStringConvertible {
        let testDescription: String
        let message: [UInt8]

        init(_ name: String, _ message: [UInt8]) {
            testDescription = name
            self.message = message
        }
    }

    static let garbage = [
        Garbage("text", Array("hello\0".utf8)),
        Garbage("nothing", [0]),
        Garbage("a list", Array("[]\0".utf8)),
        Garbage("no method", Array("{}\0".utf8)),
        Garbage("bytes", [0xff, 0xfe, 0x7b, 0]),
        Garbage(
            "an upgrade",
            Array("{\"method\": \"io.sluice.Control.Status\", \"upgrade\": true}\0".utf8)
        ),
        Garbage("depth", Array(repeating: UInt8(ascii: "["), count: 100_000) + [0]),
        Garbage("no end", [UInt8](repeating: UInt8(ascii: " "), count: 5 << 20)),
    ]

    @Test("What is no call costs the connection, and nobody else anything", arguments: garbage)
    func costsTheConnection(_ garbage: Garbage) throws {
        let daemon = try TestDaemon()
        let before = try daemon.settledDescriptors()
        let other = try daemon.control()
        let peer = try daemon.raw(.control)
        try peer.send(garbage.message)
        let said = try peer.everything()
        #expect(String(decoding: said, as: UTF8.self).contains("InvalidParameter"))
        #expect(try other.call(Control.Status()).pid == daemon.process.id)
        try daemon.settle(to: (before + ["socket:[]"]).sorted())
        try daemon.expectMemory(below: 64 << 20)
    }

    @Test("What was called before garbage is still answered, in order")
    func answersBefore() throws {
        let daemon = try TestDaemon()
        let peer = try daemon.raw(.control)
        let call = "{\"method\": \"io.sluice.Control.Status\"}\0"
        try peer.send(Array("\(call)garbage\0".utf8))
        let said = try peer.everything().split(separator: 0)
        #expect(said.count == 2)
        #expect(said.first.map { String(decoding: $0, as: UTF8.self).contains("\"pid\"") } == true)
    }

    @Test("Answers come in the order of the calls, refused ones among them")
    func inOrder() throws {
        let daemon = try TestDaemon()
        let peer = try daemon.raw(.control)
        let names = ["Control.Status", "Control.Explode", "Control.ListQueues", "Control.Monitor"]
        let calls = names.map { "{\"method\": \"io.sluice.\($0)\"}\0" }.joined()
        let silent = "{\"method\": \"io.sluice.Control.Explode\", \"oneway\": true}\0"
        try peer.send(Array((silent + calls).utf8))
        for part in ["pid", "MethodNotFound", "queues", "ExpectedMore"] {
            #expect(try peer.reply().contains(part))
        }
    }

    @Test("A thousand calls at once are answered in order, and others in between")
    func manyCalls() throws {
        let daemon = try TestDaemon()
        let peer = try daemon.raw(.control)
        let other = try daemon.control()
        let calls = (0..<1000).map { id in
            "{\"method\": \"io.sluice.Control.GetRequest\", \"parameters\": {\"id\": \(id)}}\0"
        }
        try peer.send(Array(calls.joined().utf8))
        #expect(try other.call(Control.Status()).pid == daemon.process.id)
        for id in 0..<1000 { #expect(try peer.reply().contains("{\"id\":\(id)}")) }
    }

    @Test("A monitor that does not read loses events, is told how many, and costs little memory")
    func slowMonitor() throws {
        let daemon = try TestDaemon()
        _ = try EchoWorker(daemon)
        let monitor = try daemon.raw(.control)
        try monitor.send(
            Array(
                "{\"method\": \"io.sluice.Control.Monitor\", \"parameters\": "
                    .appending("{\"requests\": true}, \"more\": true}\0").utf8))
        #expect(try monitor.reply().contains("\"monitoring\""))
        let resident = try daemon.peakResidentBytes
        let client = try daemon.client()
        for _ in 0..<100 {
            let numbers = try (0..<50).map { _ in try client.submit("echo", .json("[]")) }
            for number in numbers { _ = try client.outcome(of: number) }
        }
        try daemon.expectPeakMemory(below: resident + 16 << 20)
        // With room again the next event comes, behind the count of those left out.
        for _ in 0..<2000 { _ = try monitor.reply() }
        _ = try client.outcome(of: try client.submit("echo", .json("[]")))
        var last = ""
        while !last.contains("\"kind\":\"dropped\"") { last = try monitor.reply() }
        #expect(last.contains("events were not sent"))
    }

    @Test("The first event of a monitor is that it monitors, whatever else happens")
    func monitoringFirst() throws {
        let daemon = try TestDaemon()
        for turn in 0..<20 {
            let peer = try daemon.raw(.control)
            // Both calls are in one read, and so in one turn.
            let set =
                "{\"method\": \"io.sluice.Control.Set\", \"parameters\": {\"target\": "
                + "{\"daemon\": true}, \"values\": {\"max_running\": \(turn + 1)}}, "
                + "\"oneway\": true}\0"
            let monitor = "{\"method\": \"io.sluice.Control.Monitor\", \"more\": true}\0"
            try peer.send(Array((monitor + set).utf8))
            #expect(try peer.reply().contains("\"kind\":\"monitoring\""))
            #expect(try peer.reply().contains("\"user\":0"))
        }
    }
}

extension RawPeer {
    /// The next Varlink message.
    func reply() throws -> String {
        while true {
            if let end = unread.firstIndex(of: 0) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            guard let more = try receive() else { throw Surprise("closed") }
            unread += more
        }
    }
}

import Glibc
import SluiceClient
import SluiceSystem
import SluiceWire
import Testing

/// Something that no peer may say, and the farewell it earns.
struct Offence: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Farewell.Code
    /// What the message has to name.
    let names: String
    var says: [UInt8]
    /// Whether it comes after HELLO.
    var isOpen = true
    var descriptors: @Sendable () throws -> [Int32] = { [] }
}

@Suite struct GarbageTests {
    @Test(
        "What the page forbids costs its sender the connection, and nobody else anything",
        arguments: [DaemonSocket.client, .worker], Offence.all)
    func costsTheConnection(socket: DaemonSocket, offence: Offence) throws {
        let daemon = try TestDaemon()
        _ = try EchoWorker(daemon)
        let client = try daemon.client()
        let before = try daemon.settledDescriptors(clients: 1)

        let peer = try daemon.raw(socket)
        if offence.isOpen { try peer.open() }
        let descriptors = try offence.descriptors()
        try peer.send(offence.says, descriptors: descriptors)
        for number in descriptors { close(number) }
        let farewell = try peer.farewell()
        #expect(farewell.code == offence.code.rawValue)
        #expect(farewell.message.contains(offence.names), "\(farewell.message)")

        let outcome = try client.outcome(of: try client.submit("echo", .json("[]")))
        #expect(outcome.outcome == .completed)
        try daemon.settle(to: before)
        #expect(try daemon.stop() == .code(0))
    }

    @Test("A connection that ends inside a frame is just gone", arguments: [1, 15, 16, 20])
    func truncated(bytes: Int) throws {
        let daemon = try TestDaemon()
        let before = try daemon.settledDescriptors()
        let peer = try daemon.raw(.client)
        try peer.send(Array(encoded { out in hello.encode(into: &out) }.prefix(bytes)))
        peer.endSending()
        #expect(try peer.everything().isEmpty)
        try daemon.settle(to: before)
    }

    @Test("Who is let go is closed at once, though somebody silent came first")
    func closedBehindSilent() throws {
        let daemon = try TestDaemon()
        let silent = try daemon.raw(.client)
        try daemon.settle { _ in true }
        let clock = ContinuousClock()
        let spent = try clock.measure {
            let peer = try daemon.raw(.client)
            try peer.send(header(kind: 0xee))
            #expect(try peer.farewell().code == Farewell.Code.protocol.rawValue)
        }
        #expect(spent < .seconds(8))
        withExtendedLifetime(silent) {}
    }

    @Test("Who does not say HELLO is told so after ten seconds and let go")
    func silent() async throws {
        try await beside {
            let daemon = try TestDaemon()
            let before = try daemon.settledDescriptors()
            let peers = [try daemon.raw(.client), try daemon.raw(.worker)]
            let polite = try daemon.client()
            for peer in peers {
                #expect(try peer.farewell().code == Farewell.Code.helloTimeout.rawValue)
            }
            // Who did say it may be as silent as it likes.
            let outcome = try polite.outcome(of: try polite.submit("nothing", .json("[]")))
            #expect(outcome.code == "unknown_function")
            try daemon.settle(to: (before + ["socket:[]"]).sorted())
            withExtendedLifetime((polite, peers)) {}
        }
    }
}

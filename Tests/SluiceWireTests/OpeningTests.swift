import SluiceModel
import Testing

@testable import SluiceWire

@Suite("The opening of a connection")
struct OpeningTests {
    private let instance = UniqueID(high: 3, low: 4)
    private let hello = Hello(session: UniqueID(high: 1, low: 2), name: "demo", process: 7)

    /// The frame that a side sends, in a decoder of the other side.
    private func decoder(_ encode: (inout OutputBuffer) -> Void) -> FrameDecoder {
        var out = OutputBuffer()
        encode(&out)
        var decoder = FrameDecoder()
        decoder.feed(Array(out.readable))
        return decoder
    }

    @Test("HELLO is answered with WELCOME, and the peer takes it: both are open")
    func bothOpen() throws {
        var strings = StringCache()
        var daemon = DaemonOpening(offering: Welcome(instance: instance, name: "sluiced"))
        var peer = PeerOpening(with: hello)

        var toDaemon = decoder { hello.encode(into: &$0) }
        let first = try #require(try toDaemon.next())
        let welcome = Welcome(instance: instance, name: "sluiced")
        #expect(daemon.receive(first) == .welcome(hello, welcome))
        #expect(daemon.state == .open)

        var toPeer = decoder { welcome.encode(into: &$0) }
        let answer = try #require(try toPeer.next())
        #expect(peer.receive(answer, &strings) == .open(welcome))
        #expect(peer.state == .open)
    }

    @Test("Frames that follow HELLO at once are messages")
    func pipelined() throws {
        var daemon = DaemonOpening(offering: Welcome(instance: instance))
        var toDaemon = decoder { out in
            hello.encode(into: &out)
            LinkMessage.ping(5).encode(into: &out)
        }
        let first = try #require(try toDaemon.next())
        _ = daemon.receive(first)
        let second = try #require(try toDaemon.next())
        #expect(daemon.receive(second) == .pass)
    }

    @Test("After a refusal nothing is listened to, not even a HELLO")
    func refusedForGood() throws {
        var daemon = DaemonOpening(offering: Welcome(instance: instance))
        var toDaemon = decoder { out in
            LinkMessage.ping(5).encode(into: &out)
            hello.encode(into: &out)
        }
        let first = try #require(try toDaemon.next())
        #expect(daemon.receive(first) == .refuse(.unexpectedKind(.ping)))
        let second = try #require(try toDaemon.next())
        #expect(daemon.receive(second) == .ignore)
        #expect(daemon.state == .refused)
    }

    @Test(
        "The version is one that both speak, or there is none",
        arguments: [(1, 1, true), (1, 9, true), (2, 2, false), (2, 9, false)])
    func versions(lowest: UInt16, highest: UInt16, isSpoken: Bool) throws {
        var daemon = DaemonOpening(offering: Welcome(instance: instance))
        var hello = hello
        hello.lowestVersion = lowest
        hello.highestVersion = highest
        var toDaemon = decoder { hello.encode(into: &$0) }
        let frame = try #require(try toDaemon.next())
        let action = daemon.receive(frame)
        guard !isSpoken else {
            #expect(action == .welcome(hello, Welcome(instance: instance)))
            return
        }
        #expect(action == .refuse(.noVersionInCommon(lowest: lowest, highest: highest)))
    }

    @Test("A peer that is sent away learns why")
    func dismissed() throws {
        var strings = StringCache()
        var peer = PeerOpening(with: hello)
        let farewell = Farewell(.tooMany, "65536 clients are connected")
        var toPeer = decoder { farewell.encode(into: &$0) }
        let frame = try #require(try toPeer.next())
        #expect(peer.receive(frame, &strings) == .dismissed(farewell))
        #expect(peer.receive(frame, &strings) == .ignore)
    }

    @Test("A daemon that asks for a sign of life instead of saying WELCOME breaks a rule")
    func noWelcome() throws {
        var strings = StringCache()
        var peer = PeerOpening(with: hello)
        var toPeer = decoder { LinkMessage.ping(1).encode(into: &$0) }
        let frame = try #require(try toPeer.next())
        #expect(peer.receive(frame, &strings) == .refuse(.unexpectedKind(.ping)))
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SluiceClient
import SluiceGateway
import Synchronization
import Testing

@testable import SluiceHTTP

@Suite("Bytes in hand are counted, and given back")
struct ByteTests {
    private static func gateway() throws -> Gateway {
        return try Gateway(.withoutDaemon)
    }

    private static let limit = GatewayLimits.bytesInHand(uploads: GatewaySettings().maxUploadBytes)

    @Test(
        "A body beyond its sender's share is refused, in the words of each protocol",
        arguments: [
            ("/v1/functions/f/requests", #"{"error":{"code":"over_share""#),
            ("/gradio_api/run/f", #""code":"over_share""#),
            ("/gradio_api/queue/join", #""code":"over_share""#),
        ])
    func overShare(_ path: String, _ words: String) async throws {
        let gateway = try Self.gateway()
        let app = Application(router: gateway.router())
        // Nobody has an address here.
        let claim = try gateway.bodies.claim(Self.limit / 2 - 10, for: .unknown)
        try await app.test(.router) { client in
            try await client.execute(
                uri: path, method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: "[\"a body of some bytes\"]")
            ) { response in
                #expect(response.status == .tooManyRequests)
                #expect(String(buffer: response.body).contains(words))
            }
        }
        #expect(gateway.bodies.used == Self.limit / 2 - 10)
        claim.giveBack()
        #expect(gateway.bodies.used == 0)
    }

    @Test("A body is given back where its request comes to nothing")
    func givenBack() async throws {
        let gateway = try Self.gateway()
        let app = Application(router: gateway.router())
        try await app.test(.router) { client in
            for path in ["/v1/functions/f/requests", "/gradio_api/run/f", "/v2/models/f/infer"] {
                try await client.execute(
                    uri: path, method: .post, headers: [.contentType: "application/json"],
                    body: ByteBuffer(string: "[\"\(String(repeating: "a", count: 1 << 20))\"]")
                ) { response in
                    #expect(response.status == .serviceUnavailable)
                }
                #expect(gateway.bodies.used == 0, "\(path)")
            }
        }
    }

    @Test("A request has its bytes to its end; a detached one until the daemon says anything")
    func asked() async throws {
        let gateway = try Self.gateway()
        let claim = try gateway.bodies.claim(1000, for: .unknown)
        let asked = gateway.link.submit(
            "f", Content([]), RequestOptions(), for: .unknown, claim: claim)
        await #expect(throws: LinkError.self) { for try await _ in asked.updates {} }
        #expect(gateway.bodies.used == 0)
        let (_, continuation) = AsyncThrowingStream.makeStream(
            of: RequestUpdate.self, throwing: (any Error).self)
        for isDetached in [true, false] {
            try claim.grow(by: 1000)
            let feed = Feed(continuation, isDetached: isDetached, claim: claim)
            #expect(feed.pass(.started(attempt: 1)))
            #expect(gateway.bodies.used == (isDetached ? 0 : 1000))
            feed.end()
            #expect(gateway.bodies.used == 0)
        }
    }

    @Test("A claim follows what its bytes become, but for little")
    func becoming() throws {
        let budget = Budget(10 << 20, "bytes")
        let claim = try budget.claim(1 << 20, for: .unknown)
        try claim.change(to: 3 << 20)
        #expect(budget.used == 3 << 20)
        try claim.change(to: (3 << 20) + 5)
        #expect(budget.used == 3 << 20)
        #expect(throws: Refusal.self) { try claim.change(to: 6 << 20) }
        try claim.change(to: 0)
        #expect(budget.used == 0)
    }

    /// Keeps how much was written at once, and how much was counted then.
    private final class Sink: ResponseBodyWriter, Sendable {
        private let budget: Budget
        private let writes = Mutex<[(count: Int, used: Int)]>([])

        init(_ budget: Budget) { self.budget = budget }

        var seen: [(count: Int, used: Int)] { writes.withLock { $0 } }

        func write(_ buffer: ByteBuffer) async throws {
            writes.withLock { $0.append((buffer.readableBytes, budget.used)) }
        }

        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test("A large answer is counted until it is written, a slice at a time; a small one is not")
    func answers() async throws {
        let gateway = try Self.gateway()
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        let large = try gateway.answer(
            [bytes[...], bytes[..<10]], [:], for: .unknown)
        #expect(large.headers[.contentLength] == "\((1 << 20) + 10)")
        #expect(gateway.answers.used == (1 << 20) + 10)
        let sink = Sink(gateway.answers)
        try await large.body.write(sink)
        #expect(sink.seen.reduce(0) { $0 + $1.count } == (1 << 20) + 10)
        #expect(sink.seen.allSatisfy { $0.count <= 64 << 10 && $0.used == (1 << 20) + 10 })
        #expect(gateway.answers.used == 0)
        _ = try gateway.answer([bytes[..<(64 << 10)]], [:], for: .unknown)
        #expect(gateway.answers.used == 0)
    }

    @Test("So are events; where there is no room for them, their stream ends")
    func events() async throws {
        let gateway = try Self.gateway()
        let sink = Sink(gateway.answers)
        var stream = EventStream(writer: sink, room: gateway.room(for: .unknown))
        try await stream.send(events: ByteBuffer(repeating: 7, count: 1 << 20))
        #expect(sink.seen.allSatisfy { $0.count <= 64 << 10 && $0.used == 1 << 20 })
        #expect(sink.seen.count == 16 && gateway.answers.used == 0)
        let claim = try gateway.answers.claim(Self.limit / 2, for: .unknown)
        try await stream.send([UInt8]("1".utf8))
        #expect(sink.seen.count == 17)
        await #expect(throws: Refusal.self) {
            try await stream.send([UInt8](repeating: 7, count: 1 << 20))
        }
        #expect(sink.seen.count == 17)
        claim.giveBack()
    }

    @Test("An answer that finds no room is a refusal")
    func noRoom() throws {
        let gateway = try Self.gateway()
        let claim = try gateway.answers.claim(Self.limit / 2, for: .unknown)
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        let refusal = #expect(throws: Refusal.self) {
            try gateway.answer([bytes[...]], [:], for: .unknown)
        }
        #expect(refusal?.status == 429)
        claim.giveBack()
    }
}

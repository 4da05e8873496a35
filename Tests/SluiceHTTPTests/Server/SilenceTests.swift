import NIOCore
import NIOPosix
import SluiceGateway
import Testing

@testable import SluiceHTTP

/// Over real sockets: each of these would wait for ever if nobody closed its connection. The limit
/// is above what all tests take together, for where they all begin at once.
@Suite("Who says nothing, or hears nothing, is not waited for", .timeLimit(.minutes(10)))
struct SilenceTests {
    /// A gateway of little patience, for as long as the body takes.
    private func serving(
        _ patience: (inout ConnectionPatience) -> Void,
        _ body: (Gateway, SocketAddress) async throws -> Void
    ) async throws {
        var settings = GatewaySettings.withoutDaemon
        settings.address = .tcp(host: "127.0.0.1", port: 0)
        patience(&settings.patience)
        let gateway = try Gateway(settings)
        let (places, place) = AsyncStream.makeStream(of: SocketAddress.self)
        let server = Server(gateway) { if let address = $0 { place.yield(address) } }
        let task = Task { try await server.run() }
        defer { task.cancel() }
        for await address in places { return try await body(gateway, address) }
    }

    private typealias Client = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private func client(_ address: SocketAddress) async throws -> Client {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Client(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// What comes until the connection is closed.
    private func heard(_ address: SocketAddress, saying text: String) async throws -> String {
        try await client(address).executeThenClose { inbound, outbound in
            var heard = ByteBuffer()
            // On a slow machine it may be closed before it says anything.
            do {
                try await outbound.write(ByteBuffer(string: text))
                for try await piece in inbound { heard.writeImmutableBuffer(piece) }
            } catch {}
            return String(buffer: heard)
        }
    }

    private func head(_ length: Int) -> String {
        "POST /v1/functions/f/requests HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(length)\r\n\r\n"
    }

    @Test("Half a head", arguments: ["", "GET / HT", "GET /healthz HTTP/1.1\r\nHost:"])
    func halfHead(_ text: String) async throws {
        try await serving {
            $0.idle = .milliseconds(200)
        } _: { _, address in
            let heard = try await heard(address, saying: text)
            #expect(!heard.contains("200"))
        }
    }

    @Test("Half a body, which is given back")
    func halfBody() async throws {
        try await serving {
            $0.idle = .milliseconds(200)
        } _: { gateway, address in
            _ = try await heard(address, saying: head(1 << 20) + "[1, 2")
            while gateway.bodies.used > 0 { await Task.yield() }
        }
    }

    @Test("The rest of what was refused")
    func rest() async throws {
        try await serving {
            $0.rest = .milliseconds(200)
        } _: { _, address in
            let heard = try await heard(address, saying: head(33 << 20) + "[1, 2")
            #expect(heard.contains(" 413 ") && heard.lowercased().contains("connection: close"))
        }
    }

    @Test("Who does not read what it asked for")
    func unread() async throws {
        try await serving {
            $0.stall = .milliseconds(200)
        } _: { gateway, address in
            let arriving = try gateway.uploads.begin("a", contentType: "text/plain", for: .unknown)
            try arriving.append([UInt8](repeating: 0x61, count: 64 << 20)[...])
            let path = try arriving.keep().path.urlPath
            try await client(address).executeThenClose { _, outbound in
                let ask = "GET /gradio_api/file=\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
                // What is asked for behind it is never come to.
                do { while true { try await outbound.write(ByteBuffer(string: ask)) } } catch {}
            }
        }
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("Who is let in")
struct EntranceTests {
    static let alice = AccessToken("alice", Array("alice-0123456789abcdef".utf8), maxRequests: 2)
    static let bob = AccessToken("bob", Array("bob-0123456789abcdefgh".utf8))

    private func gateway(
        _ tokens: [AccessToken] = [], _ change: (inout GatewaySettings) -> Void = { _ in }
    ) throws -> Gateway {
        var settings = GatewaySettings.withoutDaemon
        change(&settings)
        return try Gateway(settings, tokens: tokens)
    }

    /// Asks who one is taken for.
    private func answer(
        of gateway: Gateway, _ headers: HTTPFields, _ path: String = "/caller",
        _ method: HTTPRequest.Method = .get
    ) async throws -> TestResponse {
        let router = gateway.router()
        router.get("caller") { _, context in context.caller ?? "nobody" }
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers)
        }
    }

    @Test("Without tokens anybody is, and is nobody")
    func anybody() async throws {
        let response = try await answer(of: try gateway(), [:])
        #expect(response.status == .ok && String(buffer: response.body) == "nobody")
    }

    @Test("With tokens whoever has one, and is asked for by its name")
    func bearer() async throws {
        let gateway = try gateway([Self.alice, Self.bob])
        for (headers, name): (HTTPFields, String) in [
            ([.authorization: "Bearer alice-0123456789abcdef"], "alice"),
            ([.authorization: "Bearer bob-0123456789abcdefgh"], "bob"),
            ([.authorization: "Basic Ym9iOmJvYi0wMTIzNDU2Nzg5YWJjZGVmZ2g="], "bob"),
            ([.named("X-HF-Authorization"): "Bearer bob-0123456789abcdefgh"], "bob"),
        ] {
            let response = try await answer(of: gateway, headers)
            #expect(String(buffer: response.body) == name)
        }
    }

    @Test("Without one, or with a wrong one, it is said what is wanted")
    func unauthorized() async throws {
        let gateway = try gateway([Self.bob])
        for headers: HTTPFields in [
            [:], [.authorization: "Bearer bob-0123456789abcdefgH"],
            [.authorization: "Basic eDpib2ItMDEyMzQ1Njc4OWFiY2RlZmdo"],
        ] {
            let response = try await answer(of: gateway, headers)
            #expect(response.status == .unauthorized)
            #expect(response.headers[values: .wwwAuthenticate].first == "Bearer realm=\"sluice\"")
            #expect(String(buffer: response.body).contains("\"code\":\"unauthorized\""))
        }
        let unknown = try await answer(of: gateway, [:], "/nothing")
        #expect(unknown.status == .unauthorized, "what there is and is not is nobody's business")
    }

    @Test("A load balancer needs none")
    func health() async throws {
        let gateway = try gateway([Self.bob])
        #expect(try await answer(of: gateway, [:], "/healthz").status == .ok)
        #expect(try await answer(of: gateway, [:], "/readyz").status == .serviceUnavailable)
    }

    @Test("A page that may ask is told so before it does, and with every answer")
    func preflight() async throws {
        let gateway = try gateway([Self.bob]) { $0.allowedOrigins = ["https://app.example"] }
        let asked: HTTPFields = [
            .origin: "https://app.example", .accessControlRequestMethod: "POST",
        ]
        let may = try await answer(of: gateway, asked, "/caller", .options)
        #expect(may.status == .noContent)
        #expect(may.headers[.accessControlAllowOrigin] == "https://app.example")
        #expect(may.headers[.accessControlAllowCredentials] == "true")
        let names = may.headers[.accessControlAllowHeaders] ?? ""
        for name in ["content-type", "authorization", "x-gradio-user", "last-event-id"] {
            #expect(names.contains(name))
        }
        let refused = try await answer(of: gateway, [.origin: "https://app.example"])
        #expect(refused.status == .unauthorized)
        #expect(refused.headers[.accessControlAllowOrigin] == "https://app.example")
        let other: HTTPFields = [
            .origin: "https://evil.example", .accessControlRequestMethod: "POST",
        ]
        let mayNot = try await answer(of: gateway, other, "/caller", .options)
        #expect(mayNot.status == .forbidden)
        #expect(mayNot.headers[.accessControlAllowOrigin] == nil)
    }

    @Test("Beyond this machine it listens with tokens, or where that was wanted")
    func beyond() throws {
        let open = try gateway([]) { $0.allowsAnonymous = true }.entrance
        let closed = try gateway().entrance
        let known = try gateway([Self.bob]).entrance
        for (text, isOurs) in [
            ("127.0.0.1", true), ("127.3.2.1", true), ("::1", true), ("0.0.0.0", false),
            ("::", false), ("10.0.0.1", false), ("::ffff:10.0.0.1", false),
        ] {
            let address = try SocketAddress(ipAddress: text, port: 1)
            #expect(closed.admits(anybodyAt: address) == isOurs, "\(text)")
            #expect(open.admits(anybodyAt: address) && known.admits(anybodyAt: address))
        }
        #expect(closed.admits(anybodyAt: try SocketAddress(unixDomainSocketPath: "/run/a")))
        #expect(!closed.admits(anybodyAt: nil))
    }

    @Test("A proxy on this machine is believed where requests come from, and nobody else")
    func proxy() throws {
        let entrance = try gateway { $0.trustsProxy = true }.entrance
        let near = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let far = try SocketAddress(ipAddress: "198.51.100.7", port: 1)
        let told = ["203.0.113.5, 2001:db8::1"]
        for proxy in [near, try SocketAddress(unixDomainSocketPath: "/run/a")] {
            #expect(entrance.origin(of: proxy, forwardedFor: told)?.ipAddress == "2001:db8::1")
            #expect(entrance.origin(of: proxy, forwardedFor: []) == proxy)
            #expect(entrance.origin(of: proxy, forwardedFor: ["unknown"]) == nil)
        }
        #expect(entrance.origin(of: far, forwardedFor: told) == far)
        #expect(try gateway().entrance.origin(of: near, forwardedFor: told) == near)
    }

    @Test(
        "Who has a network of IPv6 is one, as who has one address of IPv4 is",
        arguments: [
            ("198.51.100.7", Holder.address("198.51.100.7")),
            ("::ffff:198.51.100.7", .address("198.51.100.7")),
            ("2001:db8:0:1:2:3:4:5", .address("2001:db8:0:1::/64")), ("::1", .address("::/64")),
        ])
    func holders(_ address: String, _ holder: Holder) throws {
        #expect(try SocketAddress(ipAddress: address, port: 1).holder == holder)
        #expect(try SocketAddress(unixDomainSocketPath: "/run/a").holder == .unknown)
    }

    @Test("Of what all share one has a half at most, until its claim is gone")
    func budget() throws {
        let budget = Budget(100, "bytes")
        var claim: Claim? = try budget.claim(30, for: .address("a"))
        try claim?.grow(by: 20)
        let much = #expect(throws: Refusal.self) { try budget.claim(1, for: .address("a")) }
        #expect(much?.status == 429 && much?.code == "over_share")
        let busy = #expect(throws: Refusal.self) { try budget.claim(26, for: .address("b")) }
        #expect(busy?.status == 503 && busy?.code == "gateway_busy")
        #expect(throws: Refusal.self) { try claim?.grow(by: 1) }
        #expect(budget.used == 50)
        claim = nil
        #expect(budget.used == 0)
    }

    @Test("One request too many is refused with when to come back")
    func overShare() {
        let refusal = Refusal(.overShare("alice", limit: 2))
        #expect(refusal.status == 429 && refusal.code == "over_quota")
        #expect(refusal.message.hasPrefix("alice has 2 requests") && refusal.retryAfter != nil)
    }
}

@Suite("A file of tokens is nobody else's to read")
struct TokenReadingTests {
    private func file(_ text: String, mode: Int) throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "tokens-\(UUID().uuidString)").path
        #expect(
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
        return path
    }

    @Test("One that others may read is refused, but not a credential")
    func modes() throws {
        let path = try file("alice 0123456789abcdefghij", mode: 0o644)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: TokenFileError.self) {
            try TokenFile.tokens(at: path, isCredential: false)
        }
        #expect(try TokenFile.tokens(at: path, isCredential: true).map(\.name) == ["alice"])
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(try TokenFile.tokens(at: path, isCredential: false).count == 1)
    }

    @Test("What is no file, or not there, is said by its name", arguments: ["/", "/nonexistent/t"])
    func others(path: String) {
        let error = #expect(throws: TokenFileError.self) {
            try TokenFile.tokens(at: path, isCredential: false)
        }
        #expect(error?.file == path)
    }

    @Test("One that is too large is not read to its end")
    func large() throws {
        let path = try file(String(repeating: "#", count: GatewayLimits.tokenFile * 2), mode: 0o600)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: TokenFileError.self) {
            try TokenFile.tokens(at: path, isCredential: false)
        }
        #expect(error?.message.contains("larger than") == true)
    }
}

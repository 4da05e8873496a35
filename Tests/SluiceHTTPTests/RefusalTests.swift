import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

/// What is refused, over all routes: how it is answered, and counted.
@Suite("What is refused is an answer")
struct RefusalTests {
    private static let origin = "https://app.example"

    private func gateway(_ tokens: [AccessToken] = []) throws -> Gateway {
        var settings = GatewaySettings.withoutDaemon
        settings.allowedOrigins = [Self.origin]
        return try Gateway(settings, tokens: tokens)
    }

    private func ask(
        _ gateway: Gateway, _ method: HTTPRequest.Method, _ path: String, _ body: String = "",
        _ headers: HTTPFields = [.origin: origin]
    ) async throws -> TestResponse {
        try await Application(router: gateway.router()).test(.router) { client in
            try await client.execute(
                uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
        }
    }

    private func code(_ response: TestResponse) -> String? {
        let value = try? Value(json: Array(buffer: response.body))
        return (value?["error"]?["code"] ?? value?["code"])?.stringValue
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var method: HTTPRequest.Method
        var path: String
        var body = ""
        var status: Int
        /// Nil: this API says none.
        var code: String?
        var route: String
        var retryAfter: String?
        var testDescription: String { "\(method) \(path)" }
    }

    static let cases = [
        Case(
            method: .get, path: "/readyz", status: 503, code: "daemon_away", route: "/readyz",
            retryAfter: "1"),
        Case(
            method: .get, path: "/v1/functions", status: 503, code: "daemon_away",
            route: "/v1/functions", retryAfter: "1"),
        Case(
            method: .post, path: "/v1/functions/f/requests", body: "x", status: 415,
            code: "unsupported_media_type", route: "/v1/functions/{name}/requests"),
        Case(
            method: .post, path: "/v1/functions/f/requests?wait=x", status: 400,
            code: "bad_parameter", route: "/v1/functions/{name}/requests"),
        Case(
            method: .get, path: "/v1/requests/x/result", status: 404, code: "unknown_request",
            route: "/v1/requests/{id}/result"),
        Case(
            method: .get, path: "/v1/nothing", status: 404, code: "unknown_path",
            route: "NotFound"),
        Case(
            method: .get, path: "/nothing", status: 404, code: "unknown_path", route: "NotFound"),
        Case(
            method: .get, path: "/gradio_api/queue/join", status: 404, code: "unknown_path",
            route: "NotFound"),
        Case(method: .get, path: "/v2/models/f/infer", status: 404, route: "NotFound"),
        Case(
            method: .put, path: "/v1/requests/x", status: 405, code: "method_not_allowed",
            route: "NotFound"),
        Case(
            method: .post, path: "/v2/models/f/infer", status: 503,
            route: "/v2/models/{name}/infer", retryAfter: "1"),
        Case(
            method: .post, path: "/v2/repository/index", body: "{", status: 400,
            route: "/v2/repository/index"),
        Case(
            method: .get, path: "/config", status: 503, code: "daemon_away", route: "/config",
            retryAfter: "1"),
        Case(
            method: .post, path: "/gradio_api/queue/join", body: "{", status: 400,
            code: "bad_request", route: "/gradio_api/queue/join"),
        Case(
            method: .get, path: "/gradio_api/queue/data", status: 400, code: "bad_request",
            route: "/gradio_api/queue/data"),
        Case(
            method: .get, path: "/gradio_api/queue/status", status: 503, code: "daemon_away",
            route: "/gradio_api/queue/status", retryAfter: "1"),
        Case(
            method: .post, path: "/gradio_api/upload", body: "x", status: 400,
            code: "malformed", route: "/gradio_api/upload"),
        Case(
            method: .get, path: "/gradio_api/upload_progress", status: 400, code: "malformed",
            route: "/gradio_api/upload_progress"),
        Case(
            method: .get, path: "/gradio_api/file=/x", status: 404, code: "unknown_file",
            route: "/gradio_api/file=/**"),
        Case(
            method: .post, path: "/page/actions", status: 403, code: "read_only",
            route: "/page/actions"),
    ]

    @Test("With its status and code, for pages that may see it, and counted once", arguments: cases)
    func answers(_ example: Case) async throws {
        let gateway = try gateway()
        let response = try await ask(gateway, example.method, example.path, example.body)
        #expect(response.status.code == example.status)
        #expect(code(response) == example.code)
        #expect(response.headers[.contentType] == "application/json")
        #expect(response.headers[.contentLength] == "\(response.body.readableBytes)")
        #expect(response.headers[.retryAfter] == example.retryAfter)
        #expect(response.headers[.vary] == "Origin")
        #expect(response.headers[.accessControlAllowOrigin] == Self.origin)
        #expect(response.headers[.wwwAuthenticate] == nil)
        let counted = GatewayMeasures.Answers(route: example.route, status: example.status)
        #expect(gateway.counters.view.answers == [counted: 1])
    }

    @Test(
        "Who is not let in is told what is wanted, on whatever path",
        arguments: ["/", "/v1/functions", "/v2", "/config", "/metrics", "/nothing"])
    func unauthorized(path: String) async throws {
        let gateway = try gateway([EntranceTests.bob])
        let response = try await ask(gateway, .get, path)
        #expect(response.status == .unauthorized)
        #expect(
            response.headers[values: .wwwAuthenticate] == [
                "Bearer realm=\"sluice\"", "Basic realm=\"sluice\", charset=\"UTF-8\"",
            ])
        #expect(String(buffer: response.body).contains("Authorization: Bearer TOKEN"))
        #expect(response.headers[.accessControlAllowOrigin] == Self.origin)
        #expect(gateway.counters.view.answers.map(\.key.status) == [401])
    }

    @Test(
        "A page that may not ask sees nothing of why",
        arguments: ["/v1/functions/f/requests", "/v2/models/f/infer", "/gradio_api/queue/join"])
    func foreign(path: String) async throws {
        let gateway = try gateway()
        let response = try await ask(
            gateway, .post, path, "[]", [.origin: "https://evil.example"])
        #expect(response.status == .forbidden)
        #expect(String(buffer: response.body).contains("evil.example may not ask"))
        #expect(response.headers[.accessControlAllowOrigin] == nil)
        #expect(response.headers[.vary] == "Origin")
        #expect(gateway.counters.view.answers.map(\.key.status) == [403])
    }

    @Test("One viewer, or one session, too many is told so, and when there may be a place")
    func places() async throws {
        let gateway = try gateway()
        let viewers = try gateway.viewers.claim(GatewayLimits.pageViewers / 2, for: .unknown)
        let viewer = try await ask(gateway, .get, "/page/events")
        #expect(viewer.status.code == 429 && code(viewer) == "too_many_viewers")
        #expect(viewer.headers[.retryAfter] == "10")
        #expect(String(buffer: viewer.body).contains("others leave you no more: close it"))
        let sessions = try gateway.sessions.claim(GatewayLimits.gradioSessions / 2, for: .unknown)
        let session = try await ask(gateway, .get, "/gradio_api/queue/data?session_hash=s")
        #expect(session.status.code == 429 && code(session) == "too_many_sessions")
        #expect(session.headers[.retryAfter] == "\(GatewayLimits.gradioGraceSeconds)")
        withExtendedLifetime((viewers, sessions)) {}
    }

    @Test("It has the form of the API that was asked, whoever refuses")
    func forms() async throws {
        let page = try gateway()
        let closed = try gateway([EntranceTests.bob])
        for (path, keys) in [
            ("/v1/functions", ["error", "code"]), ("/v2", []), ("/config", ["code"]),
            ("/gradio_api/queue/status", ["code"]), ("/gradio_api/file=/x", ["code"]),
            ("/metrics", ["error", "code"]),
        ] {
            for (gateway, origin) in [(closed, Self.origin), (page, "https://evil.example")] {
                let response = try await ask(gateway, .post, path, "", [.origin: origin])
                let value = try Value(json: Array(buffer: response.body))
                let code = keys.reduce(value) { value, key in value[key] ?? .null }
                let said: Value = gateway === closed ? "unauthorized" : "origin_not_allowed"
                #expect(keys.isEmpty ? value["error"]?.stringValue != nil : code == said, "\(path)")
            }
        }
    }

    @Test("So is an error of ours, of which strangers learn nothing else")
    func internalError() async throws {
        struct Secret: Error {}
        let gateway = try gateway()
        let router = gateway.router()
        router.get("v2/wrong") { _, _ -> Response in throw Secret() }
        try await Application(router: router).test(.router) { client in
            let headers: HTTPFields = [.origin: Self.origin]
            let response = try await client.execute(
                uri: "/v2/wrong", method: .get, headers: headers)
            #expect(response.status == .internalServerError)
            let text = String(buffer: response.body)
            #expect(text == #"{"error":"the gateway failed; its log says why"}"#)
            #expect(response.headers[.accessControlAllowOrigin] == Self.origin)
        }
        let counted = GatewayMeasures.Answers(route: "/v2/wrong", status: 500)
        #expect(gateway.counters.view.answers == [counted: 1])
    }

    @Test(
        "To HEAD it is a head alone, or the next answer would begin with its body",
        arguments: ["/v1/nothing", "/v1/functions", "/nothing", "/v2/nothing", "/config"])
    func head(path: String) async throws {
        for tokens in [[], [EntranceTests.bob]] {
            let response = try await ask(try gateway(tokens), .head, path)
            #expect(response.status.code >= 400)
            #expect(response.body.readableBytes == 0)
            #expect(response.headers[.contentLength].flatMap { Int($0) } ?? 0 > 0)
        }
    }
}

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("The gateway's own API, where no daemon is")
struct APIRoutesTests {
    private func ask(
        _ method: HTTPRequest.Method, _ path: String, type: String? = nil,
        body: ByteBuffer = ByteBuffer()
    ) async throws -> (status: Int, code: String?, headers: HTTPFields) {
        let app = Application(router: try Gateway(.withoutDaemon).router())
        return try await app.test(.router) { client in
            var headers = HTTPFields()
            headers[.contentType] = type
            let response = try await client.execute(
                uri: path, method: method, headers: headers, body: body)
            let value = try? Value(json: Array(buffer: response.body))
            return (
                response.status.code, value?["error"]?["code"]?.stringValue, response.headers
            )
        }
    }

    @Test("Whatever is wrong is said as an error with a code")
    func errors() async throws {
        let missing = try await ask(.get, "/v1/nothing")
        #expect(missing.status == 404 && missing.code == "unknown_path")
        let wrong = try await ask(.put, "/v1/requests/x")
        #expect(wrong.status == 405 && wrong.code == "method_not_allowed")
        #expect(wrong.headers[.allow] == "GET, DELETE")
        let unknown = try await ask(.get, "/v1/requests/AAAAAAAAAAAAAAAAAAAAAA")
        #expect(unknown.status == 404 && unknown.code == "unknown_request")
        #expect(try await ask(.get, "/nothing").code == "unknown_path")
    }

    @Test("What needs the daemon says that it is away, and when to come again")
    func away() async throws {
        let asked: [(HTTPRequest.Method, String)] = [
            (.get, "/v1/functions"), (.get, "/v1/functions/f"),
            (.post, "/v1/functions/f/requests"), (.get, "/v1/requests/17.AAAA"),
            (.delete, "/v1/requests/17.AAAA"),
        ]
        for (method, path) in asked {
            let answer = try await ask(method, path)
            #expect(answer.status == 503 && answer.code == "daemon_away", "\(path)")
            #expect(answer.headers[.retryAfter] == "1")
        }
        #expect(try await ask(.get, "/v1/openapi.json").status == 200)
    }

    @Test("A body beyond the limit is refused, and one that is not what it says")
    func bodies() async throws {
        let path = "/v1/functions/f/requests"
        let large = ByteBuffer(repeating: 0x20, count: GatewayLimits.body + 1)
        let refused = try await ask(.post, path, type: "application/json", body: large)
        #expect(refused.status == 413 && refused.code == "too_large")
        let broken = ByteBuffer(string: "[1")
        #expect(
            try await ask(.post, path, type: "application/json", body: broken).code == "not_json")
        let form = try await ask(.post, path, type: "a/b", body: broken)
        #expect(form.status == 415 && form.code == "unsupported_media_type")
    }
}

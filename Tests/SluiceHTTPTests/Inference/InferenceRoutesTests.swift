import Foundation
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("The Open Inference Protocol's edge")
struct InferenceRoutesTests {
    @Test("Without a daemon it lives, is not ready, and says errors in the protocol's form")
    func withoutDaemon() async throws {
        let app = Application(router: try Gateway(.withoutDaemon).router())
        try await app.test(.router) { client in
            try await client.execute(uri: "/v2", method: .get) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body).contains("binary_tensor_data"))
            }
            try await client.execute(uri: "/v2/health/live", method: .get) { response in
                #expect(response.status == .ok)
            }
            try await client.execute(uri: "/v2/health/ready", method: .get) { response in
                #expect(response.status == .badRequest)
                #expect(String(buffer: response.body) == #"{"ready":false}"#)
            }
            try await client.execute(uri: "/v2/models/f/infer", method: .post) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                #expect(String(buffer: response.body).hasPrefix(#"{"error":"the daemon"#))
            }
        }
    }

    @Test("An index that is asked for in no JSON, or at length, is refused")
    func index() async throws {
        let app = Application(router: try Gateway(GatewaySettings()).router())
        try await app.test(.router) { client in
            for (body, status) in [("{", 400), (String(repeating: " ", count: 5000), 413)] {
                try await client.execute(
                    uri: "/v2/repository/index", method: .post, body: ByteBuffer(string: body)
                ) { response in
                    #expect(response.status.code == status)
                    #expect(String(buffer: response.body).hasPrefix(#"{"error":""#))
                }
            }
        }
    }
}

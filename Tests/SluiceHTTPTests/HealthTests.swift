import Foundation
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("Whether the gateway is of use")
struct HealthTests {
    @Test("Without a daemon it lives, is not ready, and says what to do")
    func withoutDaemon() async throws {
        let app = Application(router: try Gateway(.withoutDaemon).router())
        try await app.test(.router) { client in
            try await client.execute(uri: "/healthz", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/readyz", method: .get) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "1")
                #expect(String(buffer: response.body).contains("\"code\":\"daemon_away\""))
            }
            for (path, status) in [("/healthz", 200), ("/readyz", 503), ("/", 200)] {
                try await client.execute(uri: path, method: .head) { response in
                    #expect(response.status.code == status && response.body.readableBytes == 0)
                    #expect(response.headers[.contentLength].flatMap { Int($0) } ?? 0 > 0)
                }
            }
        }
    }
}

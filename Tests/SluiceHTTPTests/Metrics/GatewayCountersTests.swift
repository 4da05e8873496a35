import HTTPTypes
import Hummingbird
import HummingbirdTesting
import SluiceGateway
import Testing

@testable import SluiceHTTP

@Suite("What the gateway counts of itself")
struct GatewayCountersTests {
    @Test("Answers are counted by the route that was declared, and what has none together")
    func answers() async throws {
        let gateway = try Gateway(GatewaySettings())
        let router = gateway.router()
        router.get("things/{name}") { _, _ in Response(status: .ok) }
        router.get("wrong") { _, _ -> Response in throw Refusal(422, "wrong", "it is") }
        try await Application(responder: router.buildResponder()).test(.live) { client in
            for path in ["/things/a", "/things/b", "/wrong", "/x", "/y"] {
                _ = try await client.execute(uri: path, method: .get) { _ in }
            }
        }
        #expect(
            gateway.counters.view.answers == [
                GatewayMeasures.Answers(route: "/things/{name}", status: 200): 2,
                GatewayMeasures.Answers(route: "/wrong", status: 422): 1,
                GatewayMeasures.Answers(route: "NotFound", status: 404): 2,
            ])
    }

    @Test("A stream is open while it is written, and no longer")
    func streams() async throws {
        let counters = GatewayCounters()
        let router = Router(context: GatewayContext.self)
        router.add(middleware: CountingMiddleware(counters: counters))
        router.get("events") { request, _ in
            Response.events(to: request) { stream in
                try await stream.send(Array("\(counters.view.streams)".utf8))
            }
        }
        try await Application(responder: router.buildResponder()).test(.live) { client in
            let text = try await client.execute(uri: "/events", method: .get) {
                String(buffer: $0.body)
            }
            #expect(text == "data: 1\n\n")
        }
        #expect(counters.view.streams == 0)
    }
}

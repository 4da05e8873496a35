import HTTPTypes
import Hummingbird
import HummingbirdCore
import SluiceGateway
import Synchronization

/// What the gateway counts of itself.
final class GatewayCounters: Sendable {
    private let measures = Mutex(GatewayMeasures())

    var view: GatewayMeasures { measures.withLock { $0 } }

    func count(_ route: String?, _ status: HTTPResponse.Status) {
        // The router's own name for all that has no route: paths are the client's, and many.
        let answers = GatewayMeasures.Answers(route: route ?? "NotFound", status: status.code)
        measures.withLock { $0.answers[answers, default: 0] += 1 }
    }

    func change(_ gauge: WritableKeyPath<GatewayMeasures, Int> & Sendable, by change: Int) {
        measures.withLock { $0[keyPath: gauge] += change }
    }
}

/// Counts answers, and knows nothing of them but their routes.
struct CountingMiddleware: RouterMiddleware {
    let counters: GatewayCounters

    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        counters.count(context.endpointPath, response.status)
        return counted(response)
    }

    /// A stream is open for as long as its body is written.
    private func counted(_ response: Response) -> Response {
        guard response.headers[.contentType] == "text/event-stream" else { return response }
        let (counters, body) = (counters, response.body)
        var response = response
        response.body = ResponseBody { writer in
            counters.change(\.streams, by: 1)
            defer { counters.change(\.streams, by: -1) }
            try await body.write(writer)
        }
        return response
    }
}

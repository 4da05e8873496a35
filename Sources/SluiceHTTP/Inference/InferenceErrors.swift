import HTTPTypes
import Hummingbird
import SluiceGateway

/// Says errors in the protocol's form, `{"error": "…"}`.
struct InferenceErrors: RouterMiddleware {
    typealias Context = GatewayContext

    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as InferenceError {
            return Response(error)
        } catch let error as Refusal {
            return Response(InferenceError(error))
        } catch let error as APIError {
            return Response(InferenceError(error.refusal))
        } catch let error as any HTTPResponseError {
            let status = error.status
            return Response(
                InferenceError(Refusal(status.code, "malformed", status.reasonPhrase)))
        }
    }
}

extension Response {
    fileprivate init(_ error: InferenceError) {
        self.init(error.refusal)
        let plain = Response(json: error.body)
        (body, headers[.contentLength]) = (plain.body, plain.headers[.contentLength])
    }
}

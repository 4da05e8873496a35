import HTTPTypes
import Hummingbird
import SluiceGateway

/// Whatever goes wrong below `/v1` is said in the same way: also that there is nothing there.
struct APIErrors: RouterMiddleware {
    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard path == APIPath.root || path.hasPrefix(APIPath.root + "/") else {
            return try await next(request, context)
        }
        do {
            return try await next(request, context)
        } catch let error as Objection {
            return Response(error.refusal)
        } catch let error as Refusal {
            return Response(error)
        } catch let error as HTTPError {
            return response(to: error, request.method, path)
        }
    }

    private func response(
        to error: HTTPError, _ method: HTTPRequest.Method, _ path: String
    ) -> Response {
        switch error.status {
        case .notFound:
            guard let (refusal, allow) = APIPath.refusal(method.rawValue, path) else { break }
            var response = Response(refusal)
            if let allow { response.headers[.allow] = allow.joined(separator: ", ") }
            return response
        default: break
        }
        return Response(
            Refusal(error.status.code, "bad_request", error.body ?? error.status.reasonPhrase))
    }
}

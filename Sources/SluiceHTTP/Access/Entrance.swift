import HTTPTypes
import Hummingbird
import NIOCore
import SluiceGateway
import SluiceSystem

/// What every request goes through first: who asks, from which page, and by what name.
///
/// It also turns what is thrown behind it into answers, because a page of another origin may see a
/// refusal only with the headers that say so.
struct Entrance: RouterMiddleware {
    let doorstep: Doorstep
    let keyring: TokenKeyring
    let namesCallers: Bool
    let allowsAnonymous: Bool
    let trustsProxy: Bool

    /// What load balancers and the service manager ask for, who have no token, and may give no
    /// name: it says nothing of anybody.
    private static let open: Set<String> = ["/healthz", "/readyz"]

    init(_ settings: GatewaySettings, _ tokens: [AccessToken]) throws {
        doorstep = try Doorstep(settings, wantsTokens: !tokens.isEmpty)
        keyring = try TokenKeyring(tokens)
        namesCallers = settings.namesCallers || !tokens.isEmpty
        allowsAnonymous = settings.allowsAnonymous
        trustsProxy = settings.trustsProxy
    }

    /// Whether the gateway may be reached there: without tokens by this machine alone.
    func admits(anybodyAt address: SocketAddress?) -> Bool {
        guard keyring.isEmpty, !allowsAnonymous else { return true }
        switch address {
        case .unixDomainSocket: return true
        case .v4, .v6: return address?.isLoopback ?? false
        case nil: return false
        }
    }

    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response = await answered(request, context, next)
        // What followed would be taken for the next answer: also a refusal has a head alone.
        if request.method == .head { response = response.createHeadResponse() }
        if context.connection.isSpent { response.headers[.connection] = "close" }
        guard let origin = request.headers[.origin] else { return response }
        response.headers[.vary] = "Origin"
        guard let allowed = doorstep.allowed(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = allowed
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.accessControlExposeHeaders] = "retry-after, location"
        return response
    }

    /// An answer in any case: why there is no other is said in the form of the API that was asked.
    private func answered(
        _ request: Request, _ context: GatewayContext,
        _ next: (Request, GatewayContext) async throws -> Response
    ) async -> Response {
        let form = ErrorForm(path: request.uri.path)
        do {
            return try await answer(request, context, next)
        } catch let refusal as Refusal {
            return Response(refusal, in: form)
        } catch let error as HTTPError where error.status == .notFound {
            return nowhere(request, form)
        } catch let error as HTTPError where (400..<500).contains(error.status.code) {
            let why = error.body ?? error.status.reasonPhrase
            return Response(Refusal(error.status.code, "malformed", why), in: form)
        } catch {
            context.logger.error("a request ended in an error of ours: \(error)")
            return Response(
                Refusal(500, "internal", "the gateway failed; its log says why"), in: form)
        }
    }

    /// What is said where the router knows nothing.
    private func nowhere(_ request: Request, _ form: ErrorForm) -> Response {
        let (refusal, allow) = APIPath.refusal(request.method.rawValue, request.uri.path)
        var response = Response(refusal, in: form)
        response.headers[.allow] = allow?.joined(separator: ", ")
        return response
    }

    private func answer(
        _ request: Request, _ context: GatewayContext,
        _ next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let isOpen = Self.open.contains(request.uri.path)
        if !isOpen, let refusal = doorstep.refusal(of: visit(of: request, context)) {
            throw refusal
        }
        // Browsers ask without credentials what they may ask for.
        if request.isPreflight { return try preflight(request) }
        var context = context
        let origin = origin(
            of: context.remote, forwardedFor: request.headers[values: .forwardedFor])
        context.holder = origin?.holder ?? .unknown
        guard !keyring.isEmpty else {
            if namesCallers { context.caller = origin?.callerName }
            return try await next(request, context)
        }
        // The second is where Gradio's client has what it is given as `token`.
        let token = [HTTPField.Name.authorization, .hfAuthorization].lazy
            .compactMap { request.headers[$0] }.compactMap { Credentials(authorization: $0) }
            .compactMap { keyring.token(of: $0) }.first
        context.caller = token?.name
        if let token { context.holder = .caller(token.name) }
        guard token != nil || isOpen else { throw Refusal.unauthorized }
        return try await next(request, context)
    }

    /// Where a request comes from; as a proxy says, where it comes from that: others say what they
    /// like. Nil where nobody knows.
    func origin(of remote: SocketAddress?, forwardedFor told: [String]) -> SocketAddress? {
        guard trustsProxy, let remote, remote.isOfThisMachine else { return remote }
        guard let address = ForwardedFor.last(in: told) else { return remote }
        return try? SocketAddress(ipAddress: address, port: 0)
    }

    private func visit(of request: Request, _ context: GatewayContext) -> Doorstep.Visit {
        var visit = Doorstep.Visit()
        visit.authority = request.head.authority
        visit.origin = request.headers[.origin]
        visit.isRead = [.get, .head].contains(request.method) || request.isPreflight
        visit.isLocal = context.remote?.isLoopback ?? false
        return visit
    }

    private func preflight(_ request: Request) throws(Refusal) -> Response {
        guard let origin = request.headers[.origin], doorstep.allowed(origin) != nil else {
            throw .foreign(request.headers[.origin] ?? "nobody")
        }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST, PUT, DELETE",
                .accessControlAllowHeaders: "content-type, authorization, x-gradio-user, "
                    + "x-hf-authorization, last-event-id, inference-header-content-length",
                .accessControlMaxAge: "600",
            ])
    }
}

extension Refusal {
    fileprivate static let unauthorized = Refusal(
        401, "unauthorized",
        "a token is wanted: send 'Authorization: Bearer TOKEN', one of those that the gateway was "
            + "started with")
}

extension Request {
    fileprivate var isPreflight: Bool {
        method == .options && headers[.origin] != nil
            && headers[.accessControlRequestMethod] != nil
    }
}

extension HTTPField.Name {
    fileprivate static let hfAuthorization = named("X-HF-Authorization")
    fileprivate static let forwardedFor = named("X-Forwarded-For")
}

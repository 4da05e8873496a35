import Hummingbird
import SluiceGateway

extension Router<GatewayContext> {
    /// Of what is also asked for with HEAD, by who wants to know no more than whether it is there.
    func look(
        at path: RouterPath,
        _ answer: @escaping @Sendable (Request, GatewayContext) async throws -> Response
    ) {
        get(path, use: answer)
        // The entrance takes the body away.
        head(path, use: answer)
    }
}

extension Gateway {
    /// Everything that the gateway answers.
    func router() -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: CountingMiddleware(counters: counters))
        router.add(middleware: entrance)
        let groups: [any RouteGroup] = [
            HealthRoutes(gateway: self),
            GradioRoutes(gateway: self),
            MetricsRoutes(gateway: self),
            PageRoutes(gateway: self),
            FileRoutes(gateway: self),
            InferenceRoutes(gateway: self),
            APIRoutes(gateway: self),
        ]
        for group in groups { group.add(to: router) }
        return router
    }
}

import Hummingbird
import SluiceGateway

/// For load balancers and the service manager: whether the gateway lives, and whether it is of use.
struct HealthRoutes: RouteGroup {
    let gateway: Gateway

    func add(to router: Router<GatewayContext>) {
        router.look(at: "healthz") { _, _ in Response(json: Value.object(["status": "ok"]).json) }
        router.look(at: "readyz") { _, _ in
            // Throws where the daemon does not answer.
            let daemon = try await gateway.overview().daemon
            guard daemon.takesWork else {
                throw Refusal(503, "not_ready", "the daemon takes no work now: \(daemon.hold)")
            }
            return Response(json: Value.object(["status": "ok"]).json)
        }
    }
}

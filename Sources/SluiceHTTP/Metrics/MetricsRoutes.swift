import HTTPTypes
import Hummingbird
import SluiceClient
import SluiceGateway
import SluiceWire

/// For Prometheus and what reads its format.
struct MetricsRoutes: RouteGroup {
    let gateway: Gateway

    func add(to router: Router<GatewayContext>) {
        router.get("metrics") { _, context in
            // A daemon that is away is what the page is for: it is no error of the page.
            let measures = try? await gateway.measures()
            let text = MetricsText.text(measures, gateway.ownMeasures)
            return try gateway.answer(
                [Array(text.utf8)[...]], [.contentType: MetricsText.contentType],
                for: context.holder)
        }
    }
}

extension ControlConnection {
    func measures() throws(ClientError) -> DaemonMeasures {
        let overview = try overview()
        return DaemonMeasures(
            daemon: overview.daemon, queues: overview.queues, functions: overview.functions,
            workers: overview.workers, devices: overview.devices, metrics: try metrics())
    }
}

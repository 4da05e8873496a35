import Glibc
import Logging
import ServiceLifecycle
import SluiceGateway
import SluiceSystem

/// The gateway as a process: from the sockets that it was started with to the signal that ends it.
public enum Serving {
    /// Serves until SIGTERM or SIGINT, then finishes what it has begun to answer.
    ///
    /// - Parameter announce: told where connections are taken, as `http://HOST:PORT` or a path.
    public static func run(
        _ settings: GatewaySettings, announce: @escaping @Sendable (String) -> Void
    ) async throws {
        Signal.ignoreBrokenPipes()
        raiseDescriptorLimit()
        var handed = try ListenDescriptors()
        // It stays open as long as the process does.
        let inherited = handed.take("http")?.surrender()
        let gateway = try Gateway(settings)
        let server = Server(gateway, inherited: inherited) { address in
            announce(address.map { "\($0)" } ?? "")
            do { try Notify.ready() } catch { announce("the manager cannot be told: \(error)") }
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "sluice-http")))
        try await group.run()
    }
}

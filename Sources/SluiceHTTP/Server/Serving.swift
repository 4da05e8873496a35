import Glibc
import Logging
import NIOCore
import ServiceLifecycle
import SluiceGateway
import SluiceSystem

/// The gateway as a process: from the sockets that it was started with to the signal that ends it.
public enum Serving {
    /// Serves until SIGTERM or SIGINT, then finishes what it has begun to answer.
    ///
    /// - Parameter announce: told where connections are taken, as `http://HOST:PORT` or a path.
    /// - Returns: the status to exit with. What is wrong was logged.
    public static func run(
        _ settings: GatewaySettings, announce: @escaping @Sendable (String) -> Void
    ) async -> CInt {
        do {
            try await serve(settings, announce)
            return EXIT_SUCCESS
        } catch let error as TokenFileError {
            Journal().send(.error, "\(error)")
            return EX_CONFIG
        } catch let error as SettingsError {
            Journal().send(.error, "\(error)")
            return EX_CONFIG
        } catch {
            Journal().send(.error, "the gateway cannot serve: \(error)")
            return EXIT_FAILURE
        }
    }

    private static func serve(
        _ settings: GatewaySettings, _ announce: @escaping @Sendable (String) -> Void
    ) async throws {
        Signal.ignoreBrokenPipes()
        raiseDescriptorLimit()
        var handed = try ListenDescriptors()
        guard handed.names.filter({ $0 == "http" }).count <= 1 else {
            throw SettingsError("the manager handed over several sockets named http: one is served")
        }
        // It stays open as long as the process does.
        let inherited = handed.take("http")?.surrender()
        let gateway = try Gateway(settings, tokens: try tokens(settings))
        let server = Server(gateway, inherited: inherited) { address in
            announce(address?.place ?? "")
            do { try Notify.ready() } catch { announce("the manager cannot be told: \(error)") }
        }
        let logger = Logger(label: "sluice-http")
        // The server ends before the signs of life do.
        var services: [any Service] = [server]
        if let watchdog = try Watchdog(logger) { services.insert(watchdog, at: 0) }
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Streams that last as long as their readers do not keep it from ending.
        configuration.maximumGracefulShutdownDuration = .seconds(GatewayLimits.farewellSeconds)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Those of the settings' file, or of the credential that the unit passes on.
    private static func tokens(
        _ settings: GatewaySettings
    ) throws(TokenFileError) -> [AccessToken] {
        if let file = settings.tokenFile {
            return try TokenFile.tokens(at: file, isCredential: false)
        }
        guard let file = TokenFile.credential else { return [] }
        return try TokenFile.tokens(at: file, isCredential: true)
    }
}

extension SocketAddress {
    /// As it is written for who wants to go there.
    var place: String {
        switch self {
        case .v4: "http://\(ipAddress ?? ""):\(port ?? 0)"
        case .v6: "http://[\(ipAddress ?? "")]:\(port ?? 0)"
        case .unixDomainSocket: pathname ?? ""
        }
    }
}

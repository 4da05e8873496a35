import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle
import SluiceGateway

/// Where the gateway takes connections: a socket that the service manager opened, or one of its
/// own. Hummingbird's server cannot be given a socket; its channels can.
struct Listener: Service {
    enum Socket: Sendable {
        case inherited(NIOBSDSocket.Handle)
        case address(GatewaySettings.Address)
    }

    let socket: Socket
    let channel: HTTP1Channel
    let logger: Logger
    /// Of all, whose shares are by where they come from.
    let connections: Budget
    /// Whether connections may be taken there.
    let admits: @Sendable (SocketAddress?) -> Bool
    /// Told the address once connections are taken.
    let onListening: @Sendable (SocketAddress?) -> Void

    /// Those that were refused are nil.
    private typealias Connections = NIOAsyncChannel<HTTP1Channel.Value?, Never>

    func run() async throws {
        let quiescing = ServerQuiescingHelper(group: MultiThreadedEventLoopGroup.singleton)
        let connections = try await bind(quiescing)
        guard admits(connections.channel.localAddress) else {
            try await connections.channel.close()
            throw SettingsError(
                "without tokens only this machine may ask, and "
                    + "\(connections.channel.localAddress?.place ?? "this") is open to others: "
                    + "give --tokens FILE, or --allow-anonymous")
        }
        onListening(connections.channel.localAddress)
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                do {
                    try await connections.executeThenClose { inbound in
                        for try await case let connection? in inbound {
                            group.addTask {
                                await channel.handle(value: connection, logger: logger)
                            }
                        }
                    }
                } catch {
                    logger.error("connections are taken no more: \(error)")
                }
            }
        } onGracefulShutdown: {
            quiescing.initiateShutdown(promise: nil)
        }
    }

    private func bind(_ quiescing: ServerQuiescingHelper) async throws -> Connections {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandlers([
                        AvailableConnectionsChannelHandler(
                            maxConnections: GatewayLimits.connections),
                        quiescing.makeServerChannelHandler(channel: server),
                    ])
                }
            }
        switch socket {
        case .inherited(let handle):
            return try await bootstrap.bind(
                handle, serverBackPressureStrategy: nil, childChannelInitializer: setUp)
        case .address(.tcp(let host, let port)):
            return try await bootstrap.bind(
                host: host, port: port, serverBackPressureStrategy: nil,
                childChannelInitializer: setUp)
        case .address(.unix(let path)):
            return try await bootstrap.bind(
                unixDomainSocketPath: path, cleanupExistingSocketFile: true,
                serverBackPressureStrategy: nil, childChannelInitializer: setUp)
        }
    }

    private func setUp(_ connection: any Channel) -> EventLoopFuture<HTTP1Channel.Value?> {
        let place: Claim
        do {
            place = try connections.claim(1, for: connection.remoteAddress?.holder ?? .unknown)
        } catch {
            return connection.eventLoop.makeCompletedFuture {
                try connection.pipeline.syncOperations.addHandler(ConnectionRefusal())
                return nil
            }
        }
        connection.closeFuture.whenComplete { _ in place.giveBack() }
        return channel.setup(channel: connection, logger: logger).map { $0 }
    }
}

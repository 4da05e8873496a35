import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import SluiceGateway

/// The gateway as a service: takes connections until it is told to stop, and then finishes what it
/// has begun to answer.
public struct Server: Service {
    private let listener: Listener

    /// - Parameters:
    ///   - inherited: a socket that listens already; nil: the settings' address.
    ///   - onListening: told where connections are taken, once they are.
    public init(
        _ gateway: Gateway, inherited: CInt? = nil,
        onListening: @escaping @Sendable (SocketAddress?) -> Void
    ) {
        let responder = gateway.router().buildResponder()
        let logger = Logger(label: "sluice-http")
        let patience = gateway.settings.patience
        let channel = HTTP1Channel(
            responder: { request, writer, channel in
                let source = ApplicationRequestContextSource(channel: channel, logger: logger)
                let response = try await responder.respond(
                    to: request, context: GatewayContext(source: source))
                let body = PacedWriter.paced(response.body, on: channel.eventLoop)
                try await writer.write(response: response.head, body: body)
            },
            configuration: .init(
                additionalChannelHandlers: [
                    StalledReader(patience: TimeAmount(patience.stall)),
                    UnreadRest(patience: TimeAmount(patience.rest)),
                ], idleTimeout: TimeAmount(patience.idle)))
        listener = Listener(
            socket: inherited.map { .inherited($0) } ?? .address(gateway.settings.address),
            channel: channel, logger: logger, connections: gateway.connections,
            admits: gateway.entrance.admits(anybodyAt:), onListening: onListening)
    }

    public func run() async throws { try await listener.run() }
}

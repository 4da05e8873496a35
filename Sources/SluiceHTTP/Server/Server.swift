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
                let response = await respond(to: request, responder, GatewayContext(source: source))
                try await writer.write(response: response.head, body: response.body)
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

/// What a route throws is an answer, too.
private func respond(
    to request: Request, _ responder: some HTTPResponder<GatewayContext>, _ context: GatewayContext
) async -> Response {
    do {
        return try await responder.respond(to: request, context: context)
    } catch let error as any HTTPResponseError {
        if let response = try? error.response(from: request, context: context) { return response }
        return Response(status: error.status)
    } catch {
        context.logger.error("a request ended in an error of ours: \(error)")
        return Response(Refusal(500, "internal", "the gateway failed; its log says why"))
    }
}

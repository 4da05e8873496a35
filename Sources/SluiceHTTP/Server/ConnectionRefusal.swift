import NIOCore
import SluiceGateway

/// Says to a connection that there is no place for it, and ends it. Nothing of it is read: so a
/// crowd of them costs little more than being there.
final class ConnectionRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let answer: ByteBuffer = {
        let body = Refusal(
            503, "too_many_connections",
            "of the gateway's \(GatewayLimits.connections) connections others leave you no more: "
                + "close some, or use them again"
        ).body()
        var answer = ByteBuffer(
            string: "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.count)\r\nRetry-After: 10\r\nConnection: close\r\n\r\n")
        answer.writeBytes(body)
        return answer
    }()

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.answer), promise: nil)
        context.close(promise: nil)
    }
}

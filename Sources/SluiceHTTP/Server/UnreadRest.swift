import HTTPTypes
import NIOCore
import NIOHTTPTypes
import SluiceGateway

/// What is done where a request is answered before all of it came, mostly because it is refused.
///
/// A little that is missing is waited for, and the connection goes on. Otherwise the answer says
/// that it is the last, and what still comes is dropped for a while: a client that is cut off while
/// it sends would never read why. Hummingbird would read on for as long as anything comes.
///
/// coming ─answered, little is missing→ awaited ─all came→ next request;  awaited ─too late→ closed
/// coming ─answered, more is missing→ dropped ─time is over, or client gone→ closed
final class UnreadRest: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Whether a request has begun to come, and not ended.
    private var isComing = false
    /// What is still to come of its body; nil: it did not say.
    private var missing: Int?
    /// Requests that came and have no whole answer; the last of them may still be coming.
    private var open = 0
    private var isDropping = false
    private var alarm: ClosingAlarm

    init(patience: TimeAmount) { alarm = ClosingAlarm(after: patience) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDropping else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            (isComing, open) = (true, open + 1)
            missing = head.headerFields[.contentLength].flatMap { Int($0) }
        case .body(let piece): missing = missing.map { $0 - piece.readableBytes }
        case .end:
            isComing = false
            alarm.cancel()
        }
        context.fireChannelRead(data)
    }

    /// Nobody behind this asks for what is dropped.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isDropping { context.read() }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let isEarly = isComing && open == 1
        switch unwrapOutboundIn(data) {
        case .head(var head) where isEarly && missing ?? .max > GatewayLimits.restBytes:
            isDropping = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            open -= 1
            guard isEarly else { return context.write(data, promise: promise) }
            alarm.set(context)
            let written = promise ?? context.eventLoop.makePromise()
            context.write(data, promise: written)
            guard isDropping else { return }
            // So the client knows that nothing follows, while it is still heard.
            written.futureResult.assumeIsolated().whenSuccess {
                context.close(mode: .output, promise: nil)
            }
            context.read()
        case .head, .body: context.write(data, promise: promise)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { alarm.cancel() }
}

@available(*, unavailable)
extension UnreadRest: Sendable {}

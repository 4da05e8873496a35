import NIOCore

/// Closes a connection whose client takes nothing of what is written to it: what waits for it
/// would wait for ever. Costs nothing while a client reads.
final class StalledReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private var alarm: ClosingAlarm

    init(patience: TimeAmount) { alarm = ClosingAlarm(after: patience) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        alarm.cancel()
        if !context.channel.isWritable { alarm.set(context) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { alarm.cancel() }
}

@available(*, unavailable)
extension StalledReader: Sendable {}

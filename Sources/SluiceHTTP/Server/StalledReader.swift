import NIOCore

/// Closes a connection whose client takes nothing of what is written to it: what waits for it
/// would wait for ever. Costs nothing while a client reads.
final class StalledReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let patience: TimeAmount
    private var alarm: Scheduled<Void>?

    init(patience: TimeAmount) { self.patience = patience }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        cancel()
        if !context.channel.isWritable {
            alarm = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        alarm?.cancel()
        alarm = nil
    }
}

@available(*, unavailable)
extension StalledReader: Sendable {}

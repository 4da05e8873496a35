import NIOCore

/// Closes a connection when a while is over, unless it is called off before.
struct ClosingAlarm {
    private let patience: TimeAmount
    private var task: Scheduled<Void>?

    init(after patience: TimeAmount) { self.patience = patience }

    /// Begins the while anew.
    mutating func set(_ context: ChannelHandlerContext) {
        cancel()
        task = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            context.close(promise: nil)
        }
    }

    mutating func cancel() {
        task?.cancel()
        task = nil
    }
}

import SluiceModel
import SluiceSystem

/// What the loop has of its devices: it asks here, and reads what comes of it from `take` whenever
/// `number` is readable. Nothing here waits.
///
/// A thread of its own does what may block, which with a GPU's driver is everything. While nothing
/// is watched it sleeps without a deadline. A driver that hangs holds up that thread and nothing
/// else: there are no more reports, what is asked meanwhile is kept, the latest of each kind, and
/// done when the driver answers. The end of the process does not wait for it.
public final class DeviceSampler {
    /// The shortest time between two samples.
    public static let shortestInterval = Duration.milliseconds(10)

    private let orders: Mailbox<DeviceOrder>
    private let reports: ReportBox
    private var isRunning = false

    public init() throws(SystemError) {
        orders = try Mailbox()
        reports = try ReportBox()
    }

    /// Readable while there may be reports; to be watched for reading.
    public var number: CInt { reports.mailbox.number }

    /// Moves all reports, in order, to the end of `taken`.
    public func take(into taken: inout [DeviceReport]) { reports.take(into: &taken) }

    /// Looks for devices, from now on for these: at start, and after a reload. Whatever is watched
    /// goes on being watched.
    public func start(_ search: DeviceSearch) throws(SystemError) {
        if !isRunning {
            // Never joined: it may hang in a driver for as long as the machine is up.
            _ = try BackgroundThread { [orders, reports] in
                DeviceThread(orders, reports).serve()
            }
            isRunning = true
        }
        order(.search(search))
    }

    /// Looks again for what there is: where a device was lost and may be back. `found` follows.
    public func lookAgain() { order(.look) }

    /// Samples these devices, or all, so often, and listens to what the drivers tell. The first
    /// sample is taken at once, or, where all of them were watched already, when it was due.
    public func watch(_ names: Set<String>? = nil, every interval: Duration) {
        order(.watch(names, max(interval, Self.shortestInterval)))
    }

    /// Neither samples nor listens. What drivers have to tell is kept by them till the next watch.
    public func rest() { order(.rest) }

    /// Ends the thread when it comes to it, and does not wait for that.
    public func stop() {
        guard isRunning else { return }
        order(.stop)
        isRunning = false
    }

    private func order(_ order: DeviceOrder) {
        orders.post(order) { $0.isReplaced(by: order) }
    }

    deinit { if isRunning { orders.post(.stop) } }
}

/// What the loop asks of the thread.
enum DeviceOrder: Hashable, Sendable {
    case search(DeviceSearch)
    case look
    case watch(Set<String>?, Duration)
    case rest
    case stop

    /// Whether it need not be done if the other is.
    func isReplaced(by later: DeviceOrder) -> Bool {
        switch (self, later) {
        case (_, .stop), (.search, .search), (.look, .look), (.look, .search): true
        case (.watch, .watch), (.watch, .rest), (.rest, .watch), (.rest, .rest): true
        case (.search, _), (.look, _), (.watch, _), (.rest, _), (.stop, _): false
        }
    }
}

import SluiceModel
import SluiceSystem

/// Detached requests and learned statistics, kept in a file of the state directory.
///
/// The loop's thread hands over the operations of a turn and goes on; a thread of the store's own
/// runs them. Whatever has queued up while it wrote becomes the next transaction, so that under
/// load many turns share one wait for the disk. A turn is never divided. Each answer comes after
/// its commit, and in the order of the operations.
///
///     loop     submit, submit, flush          take: answers, events
///                              │                ▲
///                           Mailbox          Mailbox
///                              ▼                │
///     thread   wait ─▶ group ─▶ transaction ─▶ commit
///
/// To be used by one thread alone.
public final class Store {
    private let orders: Mailbox<StoreOrder>
    private let deliveries: Mailbox<[StoreDelivery]>
    private var thread: BackgroundThread?
    private var turn: [StoreEntry] = []
    private var arrived: [[StoreDelivery]] = []

    /// Operations without an answer that was taken, and what they hold.
    public private(set) var outstanding = 0
    public private(set) var outstandingBytes = 0

    /// Begins to open the store; what came of that is the first event.
    ///
    /// - Parameter directory: one that only we write to.
    public convenience init(
        in directory: String, _ settings: StoreSettings = StoreSettings()
    ) throws(SystemError) {
        try self.init(in: directory, settings, StoreProbes())
    }

    init(
        in directory: String, _ settings: StoreSettings, _ probes: StoreProbes
    ) throws(SystemError) {
        let orders = try Mailbox<StoreOrder>()
        let deliveries = try Mailbox<[StoreDelivery]>()
        thread = try BackgroundThread {
            let keeper = StoreThread(
                StoreFile(directory: directory, probes: probes), settings, orders, deliveries)
            keeper.serve()
        }
        self.orders = orders
        self.deliveries = deliveries
    }

    deinit { close() }

    /// Readable while there is something to take; to be watched for reading.
    public var number: CInt { deliveries.number }

    /// Adds an operation to those of this turn.
    ///
    /// - Parameter token: comes back with the answer.
    /// - Throws: `backlog` where too much is on its way. Reading is refused first and new work
    ///   second, so that outcomes are not kept out by them; what is only noted goes beyond.
    public func submit(_ operation: StoreOperation, token: UInt64) throws(StoreRefusal) {
        guard thread != nil else { throw .unavailable }
        let weight = operation.weight
        let share = operation.reserve
        let most = StoreLimits.backlog * (16 - share) / 16
        let mostBytes = StoreLimits.backlogBytes * (16 - share) / 16
        guard outstanding < most, outstandingBytes + weight <= mostBytes else { throw .backlog }
        outstanding += 1
        outstandingBytes += weight
        turn.append(StoreEntry(operation: operation, token: token, weight: weight))
    }

    /// Hands over what was submitted in this turn.
    public func flush() {
        guard !turn.isEmpty else { return }
        orders.post(.turn(turn))
        turn = []
    }

    /// Moves what the store has to say, in order, to the end of `news`.
    public func take(into news: inout [StoreNews]) {
        deliveries.drain(into: &arrived)
        for delivery in arrived.joined() {
            outstanding -= delivery.weight == nil ? 0 : 1
            outstandingBytes -= delivery.weight ?? 0
            news.append(delivery.news)
        }
        arrived.removeAll(keepingCapacity: true)
    }

    /// Waits until something may be there to take: for a caller without a loop.
    public func wait() { deliveries.wait() }

    /// Waits until all that was submitted is done and the file is closed; the answers can still be
    /// taken.
    public func close() {
        guard let thread = thread.take() else { return }
        flush()
        orders.post(.stop)
        thread.join()
    }
}

/// One operation on its way.
struct StoreEntry: Sendable {
    let operation: StoreOperation
    let token: UInt64
    let weight: Int
}

enum StoreOrder: Sendable {
    case turn([StoreEntry])
    case stop
}

/// What goes back, and what it lets go of; nil for an event.
struct StoreDelivery: Sendable {
    let news: StoreNews
    let weight: Int?
}

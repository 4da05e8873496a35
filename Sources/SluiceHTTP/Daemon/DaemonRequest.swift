import SluiceClient
import SluiceGateway
import Synchronization

/// A request of the gateway at the daemon, for one who listens.
///
/// What is not detached is called off when whoever iterates its updates stops, or nobody is left
/// who could.
public final class DaemonRequest: Sendable {
    /// What becomes of it; the last is `outcome`. Or they end with a `LinkError`. To be iterated
    /// once.
    public let updates: Updates
    private let callOff: @Sendable () -> Void

    init(_ updates: Updates, callOff: @escaping @Sendable () -> Void) {
        self.updates = updates
        self.callOff = callOff
    }

    /// Calls it off, detached or not. Its outcome still comes.
    public func cancel() { callOff() }

    /// Its updates, in order.
    public struct Updates: AsyncSequence, Sendable {
        let stream: AsyncThrowingStream<RequestUpdate, any Error>
        let feed: Feed

        public struct Iterator: AsyncIteratorProtocol {
            fileprivate var base: AsyncThrowingStream<RequestUpdate, any Error>.AsyncIterator
            fileprivate let feed: Feed

            public mutating func next() async throws -> RequestUpdate? {
                let update = try await base.next()
                if let update { feed.took(update) }
                return update
            }
        }

        public func makeAsyncIterator() -> Iterator {
            Iterator(base: stream.makeAsyncIterator(), feed: feed)
        }
    }
}

/// Between the thread that hears from the daemon and whoever listens to one request.
final class Feed: Sendable {
    let isDetached: Bool
    /// Its part of what its caller may have.
    private let share: Share?
    /// For what was asked with. What is detached is the daemon's once it says anything; of the rest
    /// the connection keeps all, to ask again after a restart.
    private let claim: Claim?
    private let continuation: AsyncThrowingStream<RequestUpdate, any Error>.Continuation
    private let unreadBytes = Atomic<Int>(0)
    private let unreadUpdates = Atomic<Int>(0)
    /// Whether nobody listens, though it goes on.
    private let isTurnedAway = Atomic<Bool>(false)

    init(
        _ continuation: AsyncThrowingStream<RequestUpdate, any Error>.Continuation,
        isDetached: Bool, share: Share? = nil, claim: Claim? = nil
    ) {
        self.continuation = continuation
        self.isDetached = isDetached
        self.share = share
        self.claim = claim
    }

    /// Passes an update on.
    ///
    /// - Returns: whether there was room; if not, nobody hears anything more.
    func pass(_ update: RequestUpdate) -> Bool {
        if isDetached { claim?.giveBack() }
        guard !isTurnedAway.load(ordering: .relaxed) else { return true }
        let bytes = unreadBytes.add(update.bytes, ordering: .relaxed).oldValue
        let updates = unreadUpdates.add(1, ordering: .relaxed).oldValue
        // What comes when the rest was taken has room, however large it is.
        guard updates < GatewayLimits.unreadUpdates, bytes < GatewayLimits.unreadBytes else {
            end(.slowReader)
            return false
        }
        continuation.yield(update)
        return true
    }

    /// Nobody listens any more, and nothing of what still comes is kept.
    func turnAway() { isTurnedAway.store(true, ordering: .relaxed) }

    func end(_ error: LinkError? = nil) {
        share?.giveBack()
        claim?.giveBack()
        continuation.finish(throwing: error)
    }

    fileprivate func took(_ update: RequestUpdate) {
        unreadBytes.subtract(update.bytes, ordering: .relaxed)
        unreadUpdates.subtract(1, ordering: .relaxed)
    }
}

extension RequestUpdate {
    /// What it takes while it waits to be read, or about that.
    var bytes: Int {
        switch self {
        case .chunk(_, let content): 128 + content.bytes.count
        case .outcome(let outcome): 256 + outcome.content.bytes.count + outcome.message.utf8.count
        case .log(let line): 128 + line.message.utf8.count
        case .progress(let progress): 128 + progress.description.utf8.count
        case .admitted, .status, .started: 128
        }
    }
}

import Synchronization

/// What may become of the connection that a request came by.
public final class ConnectionUse: Sendable {
    private let spent = Atomic(false)

    /// Whether nothing more can be asked by it: its answer is to say so, whatever that is.
    public var isSpent: Bool { spent.load(ordering: .relaxed) }

    func spend() { spent.store(true, ordering: .relaxed) }
}

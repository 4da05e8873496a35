import SluiceGateway
import Synchronization

/// Bytes that wait in all sessions.
final class GradioUnread: Sendable {
    private let bytes = Atomic<Int>(0)

    /// - Returns: whether that many may be; they are counted anyway.
    func add(_ more: Int) -> Bool {
        let now = bytes.add(more, ordering: .relaxed).newValue
        return more <= 0 || now <= GatewayLimits.gradioUnreadInAll
    }

    func subtract(_ fewer: Int) { bytes.subtract(fewer, ordering: .relaxed) }
}

import SluiceGateway
import Synchronization

/// What waits to be read in all sessions, as they share it.
final class GradioUnread: Sendable {
    private let bytes: Mutex<UnreadBytes>

    init(limit: Int = GatewayLimits.gradioUnreadInAll) {
        bytes = Mutex(UnreadBytes(limit: limit))
    }

    var used: Int { bytes.withLock { $0.used } }

    /// Counts more, if the session may have it.
    func take(_ more: Int, for session: UnreadBytes.Session) -> Bool {
        bytes.withLock { $0.take(more, for: session) }
    }

    /// Counts so many more, or fewer.
    func change(by change: Int, of holder: Holder) {
        bytes.withLock { bytes in
            if change > 0 {
                bytes.count(change, for: holder)
            } else {
                bytes.giveBack(-change, of: holder)
            }
        }
    }
}

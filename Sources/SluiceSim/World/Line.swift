import SluiceEngine
import SluiceModel

/// One connection, as the daemon hears it: what was sent first arrives first, and when it
/// arrives is up to the schedule. Two lines may overtake each other; one never overtakes itself.
struct Line {
    private var sent: [(arrival: Instant, event: Event)] = []
    private var heard = 0
    private var latest = Instant.distantPast

    /// When the next message arrives; nil when nothing is under way.
    var nextArrival: Instant? { heard < sent.count ? sent[heard].arrival : nil }

    /// Whether the last message of the connection was sent. Nothing is said after it.
    private(set) var isClosed = false

    /// Whether there is nobody at the other end: what is said is heard by no one.
    var isSevered = false

    mutating func send(_ event: Event, arrivingAt arrival: Instant) {
        guard !isClosed, !isSevered else { return }
        latest = max(latest, arrival)
        sent.append((latest, event))
    }

    /// End of file, behind everything that was sent before.
    mutating func close(with event: Event, arrivingAt arrival: Instant) {
        send(event, arrivingAt: arrival)
        isClosed = true
    }

    /// The next message, if it has arrived by now.
    mutating func hear(at now: Instant) -> Event? {
        guard heard < sent.count, sent[heard].arrival <= now else { return nil }
        defer {
            heard += 1
            if heard == sent.count {
                sent.removeAll(keepingCapacity: true)
                heard = 0
            }
        }
        return sent[heard].event
    }
}

import DequeModule
import SluiceModel
import SluiceSystem
import SluiceWire

/// Clients for whom something waits that their sockets do not take, in the order in which that
/// was last seen to begin.
///
/// A client that reads costs nothing here: it is noted when its socket is first full, and looked
/// at again when the time is over, be it that it took something meanwhile.
struct Stalls {
    private var line = Deque<(since: Instant, serial: UInt64)>()

    func nextDeadline(after timeout: Duration) -> Instant? { line.first.map { $0.since + timeout } }

    fileprivate mutating func watch(_ connection: Connection, since: Instant) {
        connection.isWatched = true
        // Nearly always at the end; else it took something while it was in the line.
        var place = line.endIndex
        while place > line.startIndex, line[place - 1].since > since { place -= 1 }
        line.insert((since, connection.serial), at: place)
    }

    /// The next whose time is over.
    fileprivate mutating func overdue(before end: Instant, in connections: Connections)
        -> Connection?
    {
        while let first = line.first, first.since <= end {
            line.removeFirst()
            guard let connection = connections.find(.client, first.serial) else { continue }
            connection.isWatched = false
            guard let took = connection.tookAt else { continue }
            guard took > end else { return connection }
            watch(connection, since: took)
        }
        return nil
    }

    /// Whoever took everything would only wake the loop for nothing.
    mutating func dropSettled(in connections: Connections) {
        while let first = line.first {
            let connection = connections.find(.client, first.serial)
            guard connection?.tookAt == nil else { return }
            connection?.isWatched = false
            line.removeFirst()
        }
    }
}

extension Edge {
    /// Notes whether a client takes what waits for it.
    @inline(__always)
    mutating func noteProgress(of connection: Connection, since before: UInt64, at now: Instant) {
        guard connection.link.waitingBytes > 0 else {
            // Nearly everybody, nearly always.
            if connection.tookAt != nil { connection.tookAt = nil }
            return
        }
        guard connection.role == .client, connection.link.phase == .open else { return }
        if connection.tookAt == nil || connection.link.sentOffset > before {
            connection.tookAt = now
        }
        if !connection.isWatched { stalls.watch(connection, since: now) }
    }

    /// Lets go of clients that took nothing for too long.
    mutating func endStalls(at now: Instant) {
        let timeout = limits.stallTimeout
        let end = now + (.zero - timeout)
        while let connection = stalls.overdue(before: end, in: connections) {
            guard connection.link.phase == .open else { continue }
            // Who made room since we last looked, perhaps long ago, did take something.
            let before = connection.link.sentOffset
            guard connection.link.flush() else {
                drop(connection)
                continue
            }
            guard connection.link.sentOffset == before else {
                noteProgress(of: connection, since: before, at: now)
                markDirty(connection)
                continue
            }
            dismiss(
                connection,
                Farewell(
                    .slowReader,
                    "\(connection.link.waitingBytes) bytes wait, and none were taken for "
                        + "\(timeout.inSeconds) s (stall_timeout)"))
        }
    }
}

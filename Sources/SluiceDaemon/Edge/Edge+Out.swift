import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

// What leaves: each peer that has something coming gets one write at the end of the turn, and one
// that does not read is first not read from, and then let go.

/// Above so many unsent bytes a peer is not read from; below half of it, it is again.
private let readingStopsAt = 1 << 20

/// Files that may wait for one client: it takes few of their frames to take all descriptors
/// that we may have.
private let waitingFiles = 4096

/// How long what is not urgent may wait for company.
private let laziness = Duration.milliseconds(20)

extension Edge {
    /// Appends a frame for a peer, unless it has fallen too far behind.
    @inline(__always)
    mutating func send(
        to connection: Connection, with file: SharedFile? = nil,
        _ encode: (inout OutputBuffer) -> Void
    ) {
        guard isKeepingUp(connection, with: file) else { return }
        if let file { connection.link.pass(file) }
        connection.link.prepareOutput(&buffers)
        connection.link.send(encode)
        markDirty(connection)
    }

    /// The same for what may wait until there is something that may not, or a little.
    @inline(__always)
    mutating func sendLater(
        to connection: Connection, _ encode: (inout OutputBuffer) -> Void
    ) {
        guard isKeepingUp(connection, with: nil) else { return }
        connection.link.prepareOutput(&buffers)
        connection.link.answer(encode)
        flushLater(connection)
    }

    mutating func flushLater(_ connection: Connection) {
        guard !connection.isLazy else { return }
        connection.isLazy = true
        lazy.append(connection)
    }

    /// Whether a peer may be sent more; one that may not is sent away.
    @inline(__always)
    private mutating func isKeepingUp(_ connection: Connection, with file: SharedFile?) -> Bool {
        // Nearly everybody, nearly always.
        if file == nil, connection.link.waitingBytes <= limits.maxOutgoingBytes { return true }
        guard let objection = objection(to: connection, with: file) else { return true }
        dismiss(connection, Farewell(.slowReader, objection))
        return false
    }

    /// Why a client has fallen too far behind. A worker cannot: what waits for it are batches for
    /// slots that it offered, perhaps all given in one turn, and it gets no more before it answers.
    private func objection(to connection: Connection, with file: SharedFile?) -> String? {
        guard connection.role == .client else { return nil }
        let link = connection.link
        guard link.backlog <= limits.maxOutgoingBytes else {
            return "\(link.backlog) bytes wait to be read: over max_outgoing_bytes of "
                + "\(limits.maxOutgoingBytes)"
        }
        guard file != nil, link.waitingFiles >= waitingFiles else { return nil }
        return "\(link.waitingFiles) files wait to be read"
    }

    func answerPings(_ pings: [(connection: Connection, number: UInt64)]) {
        for (connection, number) in pings {
            connection.link.answer { out in LinkMessage.pong(number).encode(into: &out) }
        }
    }

    mutating func markDirty(_ connection: Connection) {
        guard !connection.link.isDirty else { return }
        connection.link.isDirty = true
        dirty.append(connection)
    }

    /// Gives every peer that has something coming one write.
    mutating func flush(loop: borrowing Loop, at now: Instant) throws(SystemError) {
        for (connection, _) in intake.pings { markDirty(connection) }
        answerPings(intake.pings)
        intake.pings.removeAll(keepingCapacity: true)
        var next = 0
        // Confirmations may add to the list while it is served.
        while next < dirty.count {
            let connection = dirty[next]
            next += 1
            connection.link.isDirty = false
            try flush(connection, loop: loop, at: now)
        }
        dirty.removeAll(keepingCapacity: true)
        if !lazy.isEmpty, lazyEndsAt == nil { lazyEndsAt = now + laziness }
        connections.dropSettled()
        stalls.dropSettled(in: connections)
    }

    private mutating func flush(
        _ connection: Connection, loop: borrowing Loop, at now: Instant
    ) throws(SystemError) {
        guard connections.find(connection.role, connection.serial) === connection else { return }
        sayAcknowledged(connection)
        let before = connection.link.sentOffset
        guard connection.link.flush() else { return end(connection) }
        noteProgress(of: connection, since: before, at: now)
        connection.link.tidyOutput(&buffers)
        confirm(connection)
        if !readings.isEmpty { resumeReading(connection) }
        if !connection.streams.isEmpty { steerStreams(to: connection) }
        if connection.link.phase == .closing {
            guard connection.link.waitingBytes > 0 else { return drop(connection) }
            connections.beginFarewell(of: connection, at: now)
        }
        let interest = interest(in: connection)
        guard interest != connection.link.interest else { return }
        connection.link.interest = interest
        try loop.modify(connection.link.number, token: .peer(connection), interest: interest)
    }

    /// Tells workers that the client has what they answered.
    private mutating func confirm(_ connection: Connection) {
        while let first = connection.unconfirmed.first,
            first.offset <= connection.link.sentOffset
        {
            connection.unconfirmed.removeFirst()
            acknowledge(first.source)
        }
    }

    private func interest(in connection: Connection) -> Loop.Interest {
        let link = connection.link
        guard link.phase != .closing else { return .write }
        if connection.isHeldBack { return link.waitingBytes > 0 ? .write : [] }
        guard link.waitingBytes > 0 else { return .read }
        let wasReading = link.interest.contains(.read)
        let bound = wasReading ? readingStopsAt : readingStopsAt / 2
        // A worker that writes an answer before it has read the rest of its batch shall not wait
        // for us while we wait for it: its batches do not count, it offered to take them.
        let counted = connection.role == .worker ? link.answeredBytes : link.waitingBytes
        return counted > bound ? .write : [.read, .write]
    }

    /// The last words of a daemon that goes: no outcomes, only that it will be back.
    mutating func sayRestarting() {
        for connection in connections.all where connection.link.phase == .open {
            // Clients come first: what this flush takes to them is acknowledged to workers in it.
            sayAcknowledged(connection)
            connection.link.send { out in LinkMessage.restarting.encode(into: &out) }
            if connection.link.flush() { confirm(connection) }
        }
    }
}

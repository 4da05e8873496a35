import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// The data sockets: clients and workers on one side, events and effects on the other.
///
/// A turn of it is: the loop says which sockets are ready, `serve` turns what they bring into
/// events, the engine decides, `perform` turns effects into frames, and `flush` gives each peer
/// that has something coming one write.
struct Edge: ~Copyable {
    let tickets: Tickets
    var connections = Connections()
    var intake = Intake()
    /// What is read out of the store for clients.
    var readings = Readings()
    var limits: DaemonConfiguration
    private let longestBody: Int
    /// What `Link.unfinishedBytes` of all connections adds up to.
    private var unfinishedBytes = 0
    /// Whether a connection was closed since somebody last looked.
    var hasLetGo = false

    /// Who was sent away in this turn, and why; to be logged.
    private(set) var dismissals: [Dismissal] = []

    /// What every peer's bytes are read into, in turn: it stays in the processor's cache.
    private var spare = ByteQueue(keeping: 256 << 10)
    /// What they are written into.
    var buffers = BufferPool()

    /// Connections with whole frames that are left for the next turn, and for the one after it.
    private var unserved: [Connection] = []
    private var unservedNext: [Connection] = []

    /// Clients that do not take what waits for them.
    var stalls = Stalls()

    /// Links with something to send at the end of this turn.
    var dirty: [Connection] = []
    /// Who is gone, with devices that they may use still.
    var departed = DepartedProcesses()
    /// Whether there were ever devices, of which any worker may have something.
    var hasDevices = false
    /// Links with something that may wait a little, and until when.
    var lazy: [Connection] = []
    var lazyEndsAt: Instant?

    /// Bytes that are read of a dead worker at most: more than a socket holds.
    private static let lastWords = 16 << 20

    init(tickets: Tickets, limits: DaemonConfiguration, longestBody: Int) {
        self.tickets = tickets
        self.limits = limits
        self.longestBody = longestBody
        intake.tickets = tickets
    }

    /// When the edge itself wants to be woken, whatever the engine wants.
    var nextDeadline: Instant? {
        earlier(
            earlier(connections.patienceEndsAt, lazyEndsAt),
            stalls.nextDeadline(after: limits.stallTimeout))
    }

    // MARK: Coming and going

    /// Takes a new connection in, or tells it why not.
    mutating func accept(
        _ socket: consuming Descriptor, _ role: Connection.Role, loop: borrowing Loop,
        at now: Instant
    ) throws(SystemError) {
        var welcome = Welcome(
            instance: tickets.instance, longestBody: longestBody,
            liveRequests: Limits.requestsPerClient, name: "sluiced \(version)")
        welcome.features = intake.keepsDetached ? [.detached, .leaving, .devices] : .devices
        let link = try Link(socket, offering: welcome)
        // A worker's socket may outlive it in a child; its process tells for sure.
        let process = role == .worker ? try link.openProcess() : nil
        let objection = objection(to: link, role)
        let connection = connections.add(link, role, at: now)
        try loop.add(link.number, token: .peer(connection), interest: .read)
        if let process {
            try loop.add(process.number, token: .process(connection), interest: .read)
            connection.process = consume process
        }
        if let objection { dismiss(connection, objection) }
    }

    private func objection(to link: Link, _ role: Connection.Role) -> Farewell? {
        let user = link.credentials.user
        switch role {
        case .client:
            guard connections.count(.client) < limits.maxConnections else {
                return Farewell(
                    .tooMany, "max_connections of \(limits.maxConnections) is reached")
            }
            let theirs = connections.connections(ofUser: user)
            guard limits.maxConnectionsPerUser.allows(oneMoreThan: theirs) else {
                return Farewell(
                    .tooMany,
                    "user \(user) has \(theirs) connections: max_connections_per_user is reached")
            }
        case .worker:
            guard connections.count(.worker) < limits.maxWorkers else {
                return Farewell(.tooMany, "max_workers of \(limits.maxWorkers) is reached")
            }
        }
        return nil
    }

    /// Ends a connection that takes no more, or whose process is gone. What a worker said before
    /// that counts, however much of it is unread; what a child that has its socket may go on to
    /// say does not.
    mutating func end(_ connection: Connection) {
        var unread = connection.role == .worker ? Self.lastWords : 0
        while unread > 0, connection.link.phase != .closing {
            guard !connection.isUnserved else {
                connection.isUnserved = false
                take(from: connection)
                continue
            }
            let received = connection.link.receive(lending: &spare)
            guard case .bytes(let count) = received else {
                connection.link.giveBack(to: &spare)
                break
            }
            take(from: connection)
            unread -= count
        }
        drop(connection)
    }

    /// Forgets a connection and tells the engine.
    mutating func drop(_ connection: Connection) {
        guard connections.find(connection.role, connection.serial) === connection else { return }
        connections.remove(connection)
        connection.link.close()
        count(connection)
        hasLetGo = true
        leave(connection)
        awaitEnd(of: connection)
        // Nobody is left to confirm anything to; the answers have done what they could.
        for (_, source) in connection.unconfirmed { acknowledge(source) }
        connection.unconfirmed.removeAll()
    }

    /// Ends a connection with a word why. To the engine it is gone at once: whether it takes its
    /// farewell is its own business, and its requests shall not run meanwhile.
    mutating func dismiss(_ connection: Connection, _ farewell: Farewell) {
        guard connection.link.phase != .closing else { return }
        dismissals.append(Dismissal(connection, farewell))
        connection.link.sayFarewell(farewell)
        count(connection)
        leave(connection)
        markDirty(connection)
    }

    private mutating func leave(_ connection: Connection) {
        guard connection.hasJoined else { return }
        connection.hasJoined = false
        switch connection.role {
        case .client:
            readings.end(all: connection.client)
            intake.events.append(.clientLeft(connection.client))
        case .worker: intake.events.append(.workerLeft(connection.worker))
        }
    }

    mutating func takeDismissals() -> [Dismissal] {
        guard !dismissals.isEmpty else { return [] }
        defer { dismissals.removeAll() }
        return dismissals
    }

    // MARK: In

    /// Serves a connection that the loop found ready.
    mutating func serve(_ connection: Connection, _ readiness: Loop.Readiness) {
        if readiness.isWritable { markDirty(connection) }
        guard readiness.isReadable else { return }
        guard connection.link.phase != .closing else {
            // It waits for its farewell to be taken; only its end is of interest.
            if readiness.isHungUp { drop(connection) }
            return
        }
        // It has its share of this turn from what it sent before.
        guard !connection.isUnserved else { return }
        let received = connection.link.receive(lending: &spare)
        if case .bytes(let count) = received {
            take(from: connection)
            return countEarly(count, of: connection)
        }
        connection.link.giveBack(to: &spare)
        switch received {
        case .bytes: break
        case .wouldBlock: break
        case .closed, .failed: drop(connection)
        case .descriptorsLost:
            dismiss(connection, Farewell(.protocol, "more descriptors came than fit"))
        }
    }

    /// Whether there are whole frames that no socket will tell of.
    var hasUnserved: Bool { !unserved.isEmpty }

    /// Serves those that sent more than their share of the turn before. To be called once a turn,
    /// behind the others: who is left over now is left for the next.
    mutating func serveUnserved() {
        guard !unserved.isEmpty || !unservedNext.isEmpty else { return }
        for connection in unserved where connection.isUnserved {
            connection.isUnserved = false
            guard connections.find(connection.role, connection.serial) === connection,
                connection.link.phase != .closing
            else { continue }
            take(from: connection)
            // What is left may be a part of a frame in room for many.
            connection.link.tightenInput()
            count(connection)
        }
        unserved.removeAll(keepingCapacity: true)
        swap(&unserved, &unservedNext)
    }

    private mutating func take(from connection: Connection) {
        do {
            defer { connection.link.giveBack(to: &spare) }
            connection.isUnserved = try intake.take(from: connection)
        } catch {
            return dismiss(connection, error.farewell)
        }
        if connection.isUnserved {
            connection.link.tightenInput()
            unservedNext.append(connection)
        }
        count(connection)
        guard unfinishedBytes <= limits.maxIncomingBytes || connection.unfinishedBytes == 0 else {
            return dismiss(
                connection,
                Farewell(
                    .tooLarge,
                    "unfinished frames hold \(unfinishedBytes) bytes: over max_incoming_bytes of "
                        + "\(limits.maxIncomingBytes)"))
        }
        switch connection.link.phase {
        case .opening, .open: if connection.link.waitingBytes > 0 { markDirty(connection) }
        case .closing: drop(connection)  // it said farewell itself
        }
    }

    /// Keeps the sum of what unfinished frames take.
    private mutating func count(_ connection: Connection) {
        // Whole frames that wait for their turn are no more than one read brings.
        let bytes = connection.isUnserved ? 0 : connection.link.unfinishedBytes
        unfinishedBytes += bytes - connection.unfinishedBytes
        connection.unfinishedBytes = bytes
    }

    /// Ends connections that were silent, or deaf, for too long.
    mutating func endPatience(at now: Instant) {
        for connection in connections.overdue(at: now) {
            if connection.link.phase == .opening {
                dismiss(connection, Farewell(.helloTimeout, "no HELLO came within 10 seconds"))
            } else {
                drop(connection)
            }
        }
        endStalls(at: now)
        guard let end = lazyEndsAt, end <= now else { return }
        lazyEndsAt = nil
        for connection in lazy {
            connection.isLazy = false
            markDirty(connection)
        }
        lazy.removeAll(keepingCapacity: true)
    }
}

/// The earlier of two moments of which either may not be.
func earlier(_ a: Instant?, _ b: Instant?) -> Instant? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}

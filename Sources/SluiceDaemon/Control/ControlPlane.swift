import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

/// A call that waits for the end of the turn to be answered.
struct PendingCall {
    let connection: ControlConnection
    let call: Control.Call
    /// No reply is wanted.
    let isOneway: Bool
    /// The command it became, if it changes something.
    let token: UInt64?
    var user: UInt32 { connection.credentials.user }
}

/// What a connection is owed at the end of the turn, in the order in which it asked.
enum Owed {
    case answer(PendingCall)
    /// The answer is known already, because the call was refused unseen.
    case message([UInt8], to: ControlConnection)
}

/// The control socket: Varlink calls become commands to the engine, or are answered from its
/// views at the end of the turn, in the order in which they came.
struct ControlPlane: ~Copyable {
    let instance: UniqueID
    var limits: DaemonConfiguration
    var overrides: OverrideStore
    private(set) var connections: [UInt64: ControlConnection] = [:]
    /// How the store is.
    var store: Control.Store?
    /// Calls that somebody else has to answer.
    var detached: DetachedCalls
    private var lastSerial: UInt64 = 0
    private var lastToken: UInt64 = 0
    private var owed: [Owed] = []
    private var events: [Event] = []
    var replies: [UInt64: CommandReply] = [:]
    /// The write that brings to the disk what the call being answered changed; nil: none.
    var kept: UInt64?

    /// Connections with calls that are read and not taken yet, and nothing in the way.
    private var unserved: [UInt64] = []
    var hasUnserved: Bool { !unserved.isEmpty }

    /// Calls of one connection that a turn takes: each may be answered at length.
    private static let callsPerTurn = 8

    /// Above so many unread bytes events are left out, and counted.
    private static let monitorBytes = 1 << 20

    /// - Parameter keepsDetached: whether there is a store of detached requests to be asked.
    init(
        instance: UniqueID, limits: DaemonConfiguration, overrides: OverrideStore,
        keepsDetached: Bool
    ) {
        self.instance = instance
        self.limits = limits
        self.overrides = overrides
        detached = DetachedCalls(isPossible: keepsDetached)
    }

    /// What was set before the daemon was last stopped, to be made again.
    mutating func restoreOverrides() throws(StateError) -> [Event] {
        try overrides.load().map { .restored($0) }
    }

    // MARK: Coming and going

    mutating func accept(
        _ socket: consuming Descriptor, _ loop: borrowing Loop
    ) throws(SystemError) {
        lastSerial += 1
        let connection = try ControlConnection(socket, serial: lastSerial)
        // Any user may connect, so a crowd of them shall not keep out who could end it.
        guard connections.count < limits.maxControlConnections || mayChange(connection) else {
            connection.send(
                ControlError.tooMany("connections", limit: limits.maxControlConnections).message)
            _ = connection.flush()
            return
        }
        connections[lastSerial] = connection
        let token = Token.control(lastSerial).loopToken
        try loop.add(connection.number, token: token, interest: .read)
    }

    private mutating func drop(_ connection: ControlConnection) {
        connections[connection.serial] = nil
        if connection.wantsRequests { observe() }
    }

    /// Tells the engine whether anybody wants to hear of each request.
    private mutating func observe() {
        events.append(.observed(connections.contains { $0.value.wantsRequests }))
    }

    // MARK: In

    mutating func serve(_ serial: UInt64, _ readiness: Loop.Readiness) {
        guard let connection = connections[serial], readiness.isReadable else { return }
        guard !connection.isEnding else {
            // Only its own end is of interest.
            if readiness.isHungUp { drop(connection) }
            return
        }
        if connection.isHolding, readiness.isHungUp { return drop(connection) }
        // What it sent before comes first; its socket keeps the rest for us.
        guard !connection.hasMore, !connection.isHolding else { return }
        guard connection.receive() else { return drop(connection) }
        takeCalls(from: connection)
    }

    /// Goes on with those that have sent more than a turn takes.
    mutating func serveUnserved() {
        for serial in unserved {
            guard let connection = connections[serial], !connection.isEnding else { continue }
            takeCalls(from: connection)
        }
        unserved.removeAll(keepingCapacity: true)
    }

    private mutating func takeCalls(from connection: ControlConnection) {
        connection.hasMore = false
        do {
            for _ in 0..<Self.callsPerTurn {
                guard let message = try connection.nextMessage() else { return }
                try take(VarlinkCall(message: message), from: connection)
            }
            connection.hasMore = true
        } catch {
            // What is no Varlink message cannot be answered as one; the connection has to go.
            owed.append(
                .message(VarlinkServiceError.invalidParameter("message").message, to: connection))
            connection.isEnding = true
        }
    }

    private mutating func take(_ message: VarlinkCall, from connection: ControlConnection) {
        let refusal: [UInt8]
        do throws(VarlinkServiceError) {
            let call = try Control.Call(message)
            do throws(ControlError) {
                if let group = missingGroup(for: call, connection) {
                    throw .permissionDenied(group: group)
                }
                return try add(call, message.oneway, connection)
            } catch {
                refusal = error.message
            }
        } catch {
            refusal = error.message
        }
        guard !message.oneway else { return }
        owed.append(.message(refusal, to: connection))
    }

    private mutating func add(
        _ call: Control.Call, _ isOneway: Bool, _ connection: ControlConnection
    ) throws(ControlError) {
        var token: UInt64?
        if let command = try call.command {
            lastToken += 1
            token = lastToken
            events.append(.commanded(command, token: lastToken))
        }
        if case .monitor(let monitor) = call {
            connection.isMonitoring = true
            connection.wantsRequests = monitor.requests ?? false
            observe()
        }
        let pending = PendingCall(
            connection: connection, call: call, isOneway: isOneway, token: token)
        owed.append(.answer(pending))
    }

    /// The group that the caller would have to be in; nil: it may.
    private func missingGroup(
        for call: Control.Call, _ connection: ControlConnection
    ) -> String? {
        guard !mayChange(connection), !call.isAboutService else { return nil }
        guard call.changes else {
            if let group = limits.readGroup, connection.credentials.belongs(to: group) {
                return nil
            }
            return name(ofGroup: limits.readGroup, else: "sluice")
        }
        return name(ofGroup: limits.adminGroup, else: "sluice-admin")
    }

    private func mayChange(_ connection: ControlConnection) -> Bool {
        let caller = connection.credentials
        guard caller.user != 0, caller.user != currentUser() else { return true }
        return limits.adminGroup.map { caller.belongs(to: $0) } ?? false
    }

    /// The commands that came since the last turn.
    mutating func takeEvents() -> [Event] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    // MARK: Out

    /// Answers those whose changes a write has brought to the disk, or has not.
    func confirm(_ outcome: FileWriter.Outcome) {
        guard overrides.isOurs(outcome) else { return }
        let refusal = outcome.error.map { ControlError.notKept(reason: "\($0)").message }
        for (_, connection) in connections { connection.confirm(outcome.number, or: refusal) }
    }

    mutating func take(_ reply: CommandReply, for token: UInt64) { replies[token] = reply }

    /// The call that became a command.
    func call(for token: UInt64) -> PendingCall? {
        for case .answer(let pending) in owed where pending.token == token { return pending }
        return nil
    }

    /// What is to be answered now, in order.
    mutating func takeOwed() -> [Owed] {
        defer { owed.removeAll(keepingCapacity: true) }
        return owed
    }

    /// - Parameter user: who did it; nil where nobody did.
    func tellMonitors(of notice: Notice, by user: UInt32?) {
        for (_, connection) in connections where connection.isMonitoring {
            if case .request = notice, !connection.wantsRequests { continue }
            tell(connection, notice.event(by: user))
        }
    }

    func tellMonitorsOfReload(by who: String) {
        tellMonitors(
            Control.Event(
                kind: .reloaded, happenedAt: wallClock(),
                message: "configuration reloaded by \(who)"))
    }

    /// What happened to the store.
    func tellMonitors(of event: StoreEvent) { tellMonitors(event.event) }

    private func tellMonitors(_ event: Control.Event) {
        for (_, connection) in connections where connection.isMonitoring {
            tell(connection, event)
        }
    }

    private func tell(_ connection: ControlConnection, _ event: Control.Event) {
        guard connection.waitingBytes <= Self.monitorBytes else { return connection.dropped += 1 }
        if connection.dropped > 0 {
            var dropped = Control.Event(
                kind: .dropped, happenedAt: wallClock(),
                message: "\(connection.dropped) events were not sent: the reader was slow")
            dropped.count = connection.dropped
            connection.dropped = 0
            connection.send(
                event: Control.Monitor.message(reply: .init(event: dropped), continues: true))
        }
        connection.send(
            event: Control.Monitor.message(reply: .init(event: event), continues: true))
    }

    /// Gives every connection what it is owed, as far as its socket takes it.
    mutating func flush(_ loop: borrowing Loop) throws(SystemError) {
        for (serial, connection) in connections {
            let isThere = connection.flush()
            let isOwed = connection.waitingBytes > 0 || connection.isHolding
            guard isThere, !connection.isEnding || isOwed else {
                drop(connection)
                continue
            }
            if connection.hasMore, !isOwed { unserved.append(serial) }
            // Who does not read its replies gets no more questions in; nor who waits for the disk.
            var interest: Loop.Interest = connection.isHolding ? [] : .read
            if connection.waitingBytes > 0 { interest = .write }
            guard interest != connection.interest else { continue }
            connection.interest = interest
            let token = Token.control(serial).loopToken
            try loop.modify(connection.number, token: token, interest: interest)
        }
    }
}

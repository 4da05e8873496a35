import DequeModule
import SluiceModel
import SluiceSystem
import SluiceWire

/// Everybody who is connected to the data sockets.
struct Connections {
    private var clients: [ClientID: Connection] = [:]
    private var workers: [WorkerID: Connection] = [:]
    private var lastSerial: [Connection.Role: UInt64] = [:]
    private var clientsByUser: [UInt32: Int] = [:]
    /// Connections that must say HELLO or take their farewell in time, oldest first.
    /// By name: a connection that was dropped shall be closed, whoever is before it in the line.
    private var patience = Deque<(end: Instant, role: Connection.Role, serial: UInt64)>()

    /// How long a stranger may be silent, or a farewell unread.
    static let patience = Duration.seconds(10)

    /// Who was asked for of late, each at the place that its serial number ends in: a request is
    /// about the same few peers half a dozen times.
    private var recentClients = [Connection?](repeating: nil, count: 64)
    private var recentWorkers = [Connection?](repeating: nil, count: 16)

    subscript(client id: ClientID) -> Connection? {
        mutating get {
            let place = Int(id.rawValue & 63)
            if let recent = recentClients[place], recent.serial == id.rawValue { return recent }
            guard let connection = clients[id] else { return nil }
            recentClients[place] = connection
            return connection
        }
    }

    subscript(worker id: WorkerID) -> Connection? {
        mutating get {
            let place = Int(id.rawValue & 15)
            if let recent = recentWorkers[place], recent.serial == id.rawValue { return recent }
            guard let connection = workers[id] else { return nil }
            recentWorkers[place] = connection
            return connection
        }
    }

    func count(_ role: Connection.Role) -> Int {
        role == .client ? clients.count : workers.count
    }

    func connections(ofUser user: UInt32) -> Int { clientsByUser[user] ?? 0 }

    var all: [Connection] {
        (Array(clients.values) + workers.values).sorted {
            ($0.role.rawValue, $0.serial) < ($1.role.rawValue, $1.serial)
        }
    }

    func find(_ role: Connection.Role, _ serial: UInt64) -> Connection? {
        switch role {
        case .client: clients[ClientID(rawValue: serial)]
        case .worker: workers[WorkerID(rawValue: serial)]
        }
    }

    mutating func add(_ link: Link, _ role: Connection.Role, at now: Instant) -> Connection {
        let serial = (lastSerial[role] ?? 0) + 1
        lastSerial[role] = serial
        let connection = Connection(role, serial: serial, link)
        switch role {
        case .client:
            clients[connection.client] = connection
            clientsByUser[link.credentials.user, default: 0] += 1
        case .worker: workers[connection.worker] = connection
        }
        beginPatience(with: connection, at: now)
        return connection
    }

    mutating func remove(_ connection: Connection) {
        switch connection.role {
        case .client:
            guard clients.removeValue(forKey: connection.client) != nil else { return }
            recentClients[Int(connection.serial & 63)] = nil
            let user = connection.link.credentials.user
            let left = (clientsByUser[user] ?? 1) - 1
            clientsByUser[user] = left > 0 ? left : nil
        case .worker:
            workers[connection.worker] = nil
            recentWorkers[Int(connection.serial & 15)] = nil
        }
    }

    // MARK: Patience

    mutating func beginPatience(with connection: Connection, at now: Instant) {
        patience.append((now + Self.patience, connection.role, connection.serial))
    }

    /// Gives a peer time to take its farewell, once.
    mutating func beginFarewell(of connection: Connection, at now: Instant) {
        guard !connection.isTakingLeave else { return }
        connection.isTakingLeave = true
        beginPatience(with: connection, at: now)
    }

    /// When somebody's patience ends; the span is one for all, so the first is the next.
    var patienceEndsAt: Instant? { patience.first?.end }

    /// Connections that are still not open, or still closing, when their time is over.
    mutating func overdue(at now: Instant) -> [Connection] {
        var overdue: [Connection] = []
        while let first = patience.first, first.end <= now {
            patience.removeFirst()
            guard let connection = find(first.role, first.serial) else { continue }
            if connection.link.phase != .open { overdue.append(connection) }
        }
        dropSettled()
        return overdue
    }

    /// An open connection at the front would only wake the loop for nothing.
    mutating func dropSettled() {
        while let first = patience.first, isSettled(find(first.role, first.serial)) {
            patience.removeFirst()
        }
    }

    private func isSettled(_ connection: Connection?) -> Bool {
        connection.map { $0.link.phase == .open } ?? true
    }
}

import SluiceModel
import SluiceSystem
import SluiceWire

// Connections that ended badly, or did not begin. Peers can bring these about as often as they
// like, so `LogQuota` bounds them.

/// Who was sent away, and why.
struct Dismissal: Hashable {
    var role: Connection.Role
    var serial: UInt64
    var process: Int32
    var user: UInt32
    var farewell: Farewell
}

extension Dismissal {
    init(_ connection: Connection, _ farewell: Farewell) {
        let credentials = connection.link.credentials
        self.init(
            role: connection.role, serial: connection.serial, process: credentials.process,
            user: credentials.user, farewell: farewell)
    }
}

extension LogRecord {
    static func dismissed(_ dismissal: Dismissal) -> Self {
        let (kind, field): (String, LogField) =
            switch dismissal.role {
            case .client: ("client", .client)
            case .worker: ("worker", .worker)
            }
        let (serial, process, user) = (dismissal.serial, dismissal.process, dismissal.user)
        return Self(
            .dismissed, .notice,
            "\(kind) \(serial) (process \(process), user \(user)): \(dismissal.farewell.message)",
            [
                field: "\(serial)", .process: "\(process)", .user: "\(user)",
                .code: dismissal.farewell.code,
            ])
    }

    /// One connection that cannot be taken is no reason to give up the others.
    static func connectionLost(on socket: Listeners.Socket, _ error: SystemError) -> Self {
        Self(
            .connectionLost, .warning, "a connection to \(socket.name).sock is lost: \(error)",
            error.fields.merging([.socket: socket.name]) { $1 })
    }

    static func connectionsWait(_ error: SystemError) -> Self {
        Self(
            .connectionsWait, .warning,
            "no connection can be taken: \(error); they wait; raise LimitNOFILE= of sluiced",
            error.fields)
    }

    /// - Parameter count: messages of the kind that were not logged.
    static func leftOut(_ id: MessageID, _ count: Int) -> Self {
        Self(
            .leftOut, .warning,
            "messages about \(id.bounded ?? "\(id)") that were left out: \(count); "
                + "\(LogQuota.lines) in \(LogQuota.period.components.seconds) s are logged",
            [.kind: id.rawValue, .count: "\(count)"])
    }
}

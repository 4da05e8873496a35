import SluiceEngine
import SluiceModel

/// A call of the control socket that waits for systemd.
struct UnitCall: Hashable, Sendable {
    /// The connection, which may be gone when the answer comes.
    let connection: UInt64
    let token: UInt64
    let user: UInt32
}

/// Why systemd is asked to do something with a worker's unit.
enum UnitReason: Hashable, Sendable {
    /// It did not stop within `cancel_grace`.
    case hung(WorkerID, name: String)
    /// Somebody asked for it, and waits.
    case asked(UnitCall)

    /// The beginning of a sentence that says what follows from it.
    var description: String {
        switch self {
        case .hung(let id, let name): "worker \(id) (\(name)) hangs"
        case .asked(let call): "user \(call.user) asks for it"
        }
    }

    var fields: [LogField: String] {
        switch self {
        case .hung(let id, let name): [.worker: "\(id)", .workerName: name]
        case .asked(let call): [.user: "\(call.user)"]
        }
    }
}

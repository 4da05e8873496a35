import SluiceEngine
import SluiceModel

/// Why systemd is asked to do something with a worker's unit.
enum UnitReason: Hashable, Sendable {
    /// It did not stop within `cancel_grace`.
    case hung(WorkerID, name: String)

    /// The beginning of a sentence that says what follows from it.
    var description: String {
        switch self {
        case .hung(let id, let name): "worker \(id) (\(name)) hangs"
        }
    }

    var fields: [LogField: String] {
        switch self {
        case .hung(let id, let name): [.worker: "\(id)", .workerName: name]
        }
    }
}

import SluiceModel
import SluiceWire

// Calls that have systemd do something with a worker's unit. Their replies keep their places among
// those of the connection until it is done.

extension Control.Call {
    /// What systemd is to do; nil where the call is another one.
    var unitJob: (job: Units.Job, unit: WorkerUnit)? {
        get throws(ControlError) {
            switch self {
            case .startWorker(let call): (.start, try WorkerUnit(called: call.name))
            case .stopWorker(let call): (.stop, try WorkerUnit(called: call.name))
            default: nil
            }
        }
    }
}

extension ControlPlane {
    /// Tells whoever asked, if anybody did and is still there.
    func take(_ outcome: Units.Outcome) {
        guard case .asked(let call) = outcome.order.reason else { return }
        connections[call.connection]?.answer(.unit(call.token), outcome.message)
    }
}

extension Units.Outcome {
    fileprivate var message: [UInt8] {
        let unit = "\(order.unit)"
        guard let error else {
            let steered = Control.SteeredWorker(unit: unit, changed: changed)
            return VarlinkReply.message(steered)
        }
        return ControlError.unitFailed(unit, reason: error.reason(order)).message
    }
}

extension WorkerUnit {
    fileprivate init(called name: String) throws(ControlError) {
        guard let unit = WorkerUnit(instance: name) else {
            let isLong = name.utf8.count > Self.longestInstance
            throw .valueOutOfRange(
                key: "name", value: isLong ? "\(name.utf8.count) bytes" : "'\(name)'",
                allowed: "1 to \(Self.longestInstance) letters, digits and _ . : -, the first "
                    + "no dot")
        }
        self = unit
    }
}

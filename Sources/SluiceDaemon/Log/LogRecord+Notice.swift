import SluiceEngine
import SluiceSystem
import SluiceWire

// What the engine found worth noting, and what operators did.

extension LogRecord {
    /// The record of a notice; nil for what is everyday.
    ///
    /// - Parameter user: who did it; nil where nobody did.
    static func of(_ notice: Notice, by user: UInt32?) -> Self? {
        // Words are made for what is logged only: steps of requests pass here, too.
        func record(
            _ id: MessageID, _ priority: Journal.Priority, _ fields: [LogField: String]
        ) -> Self {
            Self(id, priority, notice.message(by: user), fields.merging(by(user)) { $1 })
        }
        switch notice {
        case .request, .workerAttached, .workerDetached: return nil
        case .workerLost(let id, let name, let unanswered):
            return record(
                .workerLost, .warning,
                [.worker: "\(id)", .workerName: name, .count: "\(unanswered)"])
        case .workerHung(let id, let name):
            return record(.workerHung, .warning, [.worker: "\(id)", .workerName: name])
        case .workerRecovered(let id, let name):
            return record(.workerRecovered, .notice, [.worker: "\(id)", .workerName: name])
        case .functionPaused(let function, let deaths):
            return record(
                .functionPaused, .error,
                [.function: function, .count: "\(deaths)", .hold: Hold.paused.rawValue])
        case .limitsDisagree(let queue, _, let limit):
            return record(
                .limitsDisagree, .warning,
                [.queue: queue, .key: "concurrency_limit", .new: "\(limit)"])
        case .changed(let target, let change, let cause):
            let values: [LogField: String] = [
                .key: change.key, .old: "\(change.old)", .new: "\(change.new)",
            ]
            return record(
                .changed, .notice,
                values.merging(cause.fields) { $1 }.merging(target.fields) { $1 })
        case .held(let target, let hold):
            return record(
                .held, .notice, target.fields.merging([.hold: hold.rawValue]) { $1 })
        case .reclaimed(let requests, let grants, _):
            return record(
                .reclaimed, .notice, [.count: "\(requests)", .running: "\(grants)"])
        case .deviceFound(let device):
            return record(.deviceFound, .info, [.device: device.name])
        case .deviceCordoned(let device, let cordon, _):
            return record(
                .deviceCordoned, .warning, [.device: device, .cause: cordon.kind])
        case .deviceUncordoned(let device, _):
            return record(.deviceUncordoned, .notice, [.device: device])
        case .drained(let target): return record(.drained, .notice, target.fields)
        case .notRestored(let target, let key):
            return record(.notRestored, .notice, target.fields.merging([.key: key]) { $1 })
        }
    }
}

extension Cause {
    fileprivate var fields: [LogField: String] {
        let word = Control.Cause(self).rawValue
        return switch self {
        case .command, .reload: [.cause: word]
        case .declaration(let function): [.cause: word, .function: function]
        }
    }
}

extension Target {
    /// The daemon is what everything is about: it has no field.
    var fields: [LogField: String] {
        switch self {
        case .daemon: [:]
        case .queue(let name): [.queue: name]
        case .function(let name): [.function: name]
        case .worker(let id): [.worker: "\(id)"]
        }
    }
}

import SluiceModel
import SluiceSystem

// What systemd was asked to do with workers.

extension LogRecord {
    /// What somebody asked for is told when it is begun, and again only where it is not done.
    static func of(_ outcome: Units.Outcome) -> Self? {
        let order = outcome.order
        if case .asked(let call) = order.reason {
            return outcome.error.map { .notDone(order, by: call.user, $0) }
        }
        let fields = order.reason.fields.merging([.unit: "\(order.unit)"]) { $1 }
        guard let error = outcome.error else {
            return Self(
                .unitOrdered, .notice,
                "\(order.reason.description): systemd is told to \(order.job.verb) \(order.unit)",
                fields)
        }
        return Self(
            .unitRefused, .error,
            "\(order.reason.description), and systemd does not \(order.job.verb) \(order.unit) "
                + "for us: \(error); do it with 'systemctl \(order.job.verb) \(order.unit)'",
            fields.merging([.errorNumber: "\(error.code)"]) { $1 })
    }

    static func asked(for job: Units.Job, of unit: WorkerUnit, by user: UInt32) -> Self {
        Self(
            .unitOrdered, .notice, "systemd is told to \(job.verb) \(unit), by user \(user)",
            [.unit: "\(unit)", .user: "\(user)"])
    }

    private static func notDone(_ order: Units.Order, by user: UInt32, _ error: BusError) -> Self {
        Self(
            .unitRefused, .error,
            "systemd did not \(order.job.verb) \(order.unit), as user \(user) asked: "
                + error.reason(order),
            [.unit: "\(order.unit)", .user: "\(user)", .errorNumber: "\(error.code)"])
    }
}

extension ServiceManager.Job {
    /// As `systemctl` has it.
    var verb: String {
        switch self {
        case .start: "start"
        case .stop: "stop"
        case .restart: "restart"
        }
    }
}

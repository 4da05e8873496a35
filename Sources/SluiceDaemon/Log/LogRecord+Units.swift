import SluiceSystem

// What systemd was asked to do with workers.

extension LogRecord {
    static func of(_ outcome: Units.Outcome) -> Self {
        let order = outcome.order
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
}

extension ServiceManager.Job {
    /// As `systemctl` has it.
    fileprivate var verb: String {
        switch self {
        case .start: "start"
        case .stop: "stop"
        case .restart: "restart"
        }
    }
}

import SluiceSystem

// What the daemon cannot keep over a restart, or does not find after one.

extension LogRecord {
    /// - Parameter consequence: what is not as it was.
    static func stateNotRead(_ error: StateError, _ consequence: String) -> Self {
        Self(.stateNotRead, .error, "\(error); \(consequence)", error.fields)
    }

    static func stateNotWritten(
        _ path: String, _ error: SystemError,
        _ consequence: String = "the latest change holds, but not over a restart"
    ) -> Self {
        Self(
            .stateNotWritten, .error, "\(error): \(path) is not written; \(consequence)",
            error.fields.merging([.file: path]) { $1 })
    }

    static func of(_ trouble: TicketKey.Trouble) -> Self {
        switch trouble {
        case .notRead(let error):
            .stateNotRead(error, "tickets of before are not recognised; there is a new key")
        case .notWritten(let path, let error):
            .stateNotWritten(path, error, "tickets are not recognised after the next restart")
        }
    }

    static func of(_ trouble: Places.Trouble) -> Self {
        switch trouble {
        case .notRead(let error):
            .stateNotRead(error, "requests are numbered from above what can have been")
        case .notWritten(let path, let error):
            .stateNotWritten(path, error, "places may be given again after a crash")
        }
    }

    /// - Parameter objection: see `StateDirectory`.
    static func stateOpen(_ directory: String, _ objection: String) -> Self {
        Self(
            .stateOpen, .warning,
            "others can get at the key of tickets and at what was set: \(directory) \(objection)",
            [.file: directory])
    }
}

extension StateError {
    fileprivate var fields: [LogField: String] {
        switch self {
        case .damaged(let path, _): [.file: path]
        case .system(let error): error.fields
        }
    }
}

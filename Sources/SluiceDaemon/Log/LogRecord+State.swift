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

    /// - Parameter mode: its permissions, of which some are too many.
    static func stateOpen(_ directory: String, mode: UInt32) -> Self {
        Self(
            .stateOpen, .warning,
            "\(directory) has mode 0\(String(mode, radix: 8)): others can look into it, and it "
                + "holds the key of tickets; run 'chmod 0700 \(directory)'", [.file: directory])
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

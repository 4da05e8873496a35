import SluiceSystem

// What the daemon cannot keep over a restart, or does not find after one.

extension LogRecord {
    /// - Parameter consequence: what is not as it was.
    static func stateNotRead(_ error: StateError, _ consequence: String) -> Self {
        Self(.stateNotRead, .error, "\(error); \(consequence)", error.fields)
    }

    static func stateNotWritten(_ path: String, _ error: SystemError) -> Self {
        Self(
            .stateNotWritten, .error,
            "\(error): \(path) is not written; the latest change holds, but not over a restart",
            error.fields.merging([.file: path]) { $1 })
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

import SluiceModel
import SluiceSystem
import SluiceWire

// The daemon's own life: start, stop, configuration.

extension LogRecord {
    /// - Parameter state: where changes are kept; nil: nowhere.
    static func started(in directory: String, keeping state: String?, _ instance: UniqueID) -> Self
    {
        let kept =
            state == nil
            ? "; without a state directory changes end with it, and detached requests are refused"
            : ""
        return Self(
            .started, .info, "sluiced \(version) listens in \(directory)\(kept)",
            [.instance: instance.description, .version: version])
    }

    static func stopping(on signal: Signal, waiting: Int, running: Int) -> Self {
        Self(
            .stopping, .info,
            "stopping on \(signal.name): \(running) batches are running and \(waiting) requests "
                + "wait; peers are told to come back",
            [.signal: signal.name, .waiting: "\(waiting)", .running: "\(running)"])
    }

    /// Why the program ends: a record for each thing that somebody has to mend.
    static func failed(_ error: DaemonError) -> [Self] {
        switch error {
        case .configuration(let errors): errors.map { invalid($0) }
        case .socket(let error): [Self(.failed, .error, "\(error)", error.fields)]
        case .system(let error): [Self(.failed, .error, "\(error)", error.fields)]
        }
    }

    // MARK: Configuration

    /// - Parameter user: who asked for it; nil: SIGHUP did.
    static func reloaded(by user: UInt32?) -> Self {
        Self(.reloaded, .info, "configuration reloaded by \(reloader(user))", by(user))
    }

    static func reloadRefused(_ errors: [ConfigurationError], by user: UInt32?) -> [Self] {
        errors.map { invalid($0) } + [
            Self(
                .reloadRefused, .error,
                "the configuration was not reloaded; the one before it stays",
                by(user).merging([.count: "\(errors.count)"]) { $1 })
        ]
    }

    static func invalid(_ error: ConfigurationError) -> Self {
        Self(.configurationInvalid, .error, "\(error)", error.fields)
    }

    static func doubtful(_ warning: ConfigurationError) -> Self {
        Self(.configurationDoubtful, .warning, "\(warning)", warning.fields)
    }
}

extension LogRecord {
    /// Who had the configuration reloaded.
    static func reloader(_ user: UInt32?) -> String { user.map { "user \($0)" } ?? "SIGHUP" }

    /// The field of whoever did something, if anybody did.
    static func by(_ user: UInt32?) -> [LogField: String] { user.map { [.user: "\($0)"] } ?? [:] }
}

extension ConfigurationError {
    fileprivate var fields: [LogField: String] {
        var fields: [LogField: String] = [.file: file]
        if let line { fields[.line] = "\(line)" }
        if let key { fields[.key] = key }
        return fields
    }
}

extension SystemError {
    var fields: [LogField: String] { [.errorNumber: "\(code)"] }
}

extension SocketError {
    fileprivate var fields: [LogField: String] {
        switch self {
        case .system(let error): error.fields
        case .unusablePath(let path), .inUse(let path), .notASocket(let path): [.file: path]
        case .notAListener: [:]
        }
    }
}

import SluiceSystem

/// Why the daemon could not start, or could not go on: said once, on the way out.
public enum DaemonError: Error, CustomStringConvertible {
    case configuration([ConfigurationError])
    case socket(SocketError)
    case system(SystemError)

    public var description: String {
        switch self {
        case .configuration(let errors): errors.map { "\($0)" }.joined(separator: "\n")
        case .socket(let error): "\(error)"
        case .system(let error): "\(error)"
        }
    }
}

extension DaemonError {
    /// Does what may fail for want of something from the system.
    static func system<Value: ~Copyable>(
        _ body: () throws(SystemError) -> Value
    ) throws(DaemonError) -> Value {
        do { return try body() } catch { throw .system(error) }
    }

    /// Does what may fail for want of a socket.
    static func socket<Value: ~Copyable>(
        _ body: () throws(SocketError) -> Value
    ) throws(DaemonError) -> Value {
        do { return try body() } catch { throw .socket(error) }
    }
}

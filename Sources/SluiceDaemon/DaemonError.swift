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
    /// What the program is to exit with, as in sysexits(3): whoever starts it again should know
    /// what will not be better the next time.
    public var exitStatus: Int32 {
        switch self {
        case .configuration: 78
        case .socket, .system: 1
        }
    }

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

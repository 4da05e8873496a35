import SluiceSystem
import SluiceWire

/// Why a measurement is worth nothing.
public enum BenchError: Error, CustomStringConvertible {
    case system(SystemError)
    case socket(SocketError)
    /// The broker broke its own protocol.
    case wire(WireError)
    case malformed(String)
    case mismatch(Mismatch)
    /// A request had another outcome than its result.
    case refused(code: String, message: String)
    case closed(by: String)
    /// Requests that were not answered long after the last answer.
    case lost(requests: Int)
    case child(program: String, trouble: String)
    case notFound(program: String)

    public var description: String {
        switch self {
        case .system(let error): error.description
        case .socket(let error): error.description
        case .wire(let error): "the broker broke the protocol: \(error)"
        case .malformed(let what): "the broker broke the protocol: \(what)"
        case .mismatch(let mismatch): mismatch.description
        case .refused(let code, let message): "a request ended with \(code): \(message)"
        case .closed(let who): "\(who) closed the connection"
        case .lost(let requests): "\(requests) requests were never answered"
        case .child(let program, let trouble): "\(program) \(trouble)"
        case .notFound(let program):
            "\(program) is neither beside this program nor in PATH: build it, or say where it is"
        }
    }
}

/// An answer that no request asked for, or not like that.
public enum Mismatch: Error, Hashable, Sendable, CustomStringConvertible {
    case unasked(UInt64)
    case doubled(UInt64)
    case changed(UInt64)

    public var description: String {
        switch self {
        case .unasked(let id): "an answer came to \(id), which was not asked"
        case .doubled(let id): "a second answer came to request \(id)"
        case .changed(let id): "the answer to request \(id) is not what was sent"
        }
    }
}

/// Does what may fail in the system, and says so in our words.
func system<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
) throws(BenchError) -> Result {
    do { return try body() } catch { throw .system(error) }
}

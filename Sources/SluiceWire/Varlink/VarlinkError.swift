/// What a Varlink peer did wrong.
public enum VarlinkError: Error, Hashable, Sendable {
    /// A message that goes on past what one may have.
    case messageTooLong(limit: Int)
    /// Not a JSON object, or not one that is a call or a reply.
    case malformed(String)
    /// The object is a call or a reply, but this field of it is missing or of the wrong type.
    case invalidParameter(String)
}

extension VarlinkError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .messageTooLong(let limit): "a message of more than \(limit) bytes"
        case .malformed(let reason): "not a Varlink message: \(reason)"
        case .invalidParameter(let name): "parameter \(name) is missing or of the wrong type"
        }
    }
}

/// One call, its parameters not yet looked at: which type they have, the method says.
public struct VarlinkCall: Sendable {
    /// Interface and method, as in `io.sluice.Control.Status`.
    public let name: String
    /// The caller takes several replies.
    public let more: Bool
    /// The caller takes none.
    public let oneway: Bool
    private let message: [UInt8]

    /// Reads a message that `VarlinkDecoder` cut.
    public init(message: [UInt8]) throws(VarlinkError) {
        let head = try VarlinkJSON.decode(Head.self, from: message)
        guard head.upgrade != true else {
            throw .malformed("upgrade: this service has no other protocol to offer")
        }
        name = head.method
        more = head.more ?? false
        oneway = head.oneway ?? false
        self.message = message
    }

    /// The parameters, where they are what the method takes. Fields it does not know are ignored.
    public func parameters<Value: Codable>(
        as type: Value.Type
    ) throws(VarlinkError) -> Value {
        guard try VarlinkJSON.decode(Presence.self, from: message).parameters != nil else {
            return try VarlinkJSON.decode(Value.self, from: Array("{}".utf8))
        }
        return try VarlinkJSON.decode(Parameters<Value>.self, from: message).parameters
    }

    /// Everything before the last dot of the name.
    public var interface: Substring { name[..<(name.lastIndex(of: ".") ?? name.startIndex)] }

    /// The bytes of a call, its zero included.
    public static func message(
        _ name: String, _ parameters: some Codable, more: Bool = false
    ) -> [UInt8] {
        VarlinkJSON.message(
            Outgoing(method: name, parameters: parameters, more: more ? true : nil))
    }

    private struct Head: Decodable {
        var method: String
        var more: Bool?
        var oneway: Bool?
        var upgrade: Bool?
    }

    private struct Outgoing<Value: Codable>: Encodable {
        var method: String
        var parameters: Value
        var more: Bool?
    }
}

/// Tells absent parameters from empty ones, which mean the same.
struct Presence: Decodable {
    var parameters: NoParameters?
}

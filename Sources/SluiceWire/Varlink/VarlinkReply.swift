/// One reply, its parameters not yet looked at: which type they have, the call or the error says.
public struct VarlinkReply: Sendable {
    /// The error's interface and name; nil: the call succeeded.
    public let error: String?
    /// Another reply to the same call follows.
    public let continues: Bool
    private let message: [UInt8]

    /// Reads a message that `VarlinkDecoder` cut.
    public init(message: [UInt8]) throws(VarlinkError) {
        let head = try VarlinkJSON.decode(Head.self, from: message)
        error = head.error
        continues = head.continues ?? false
        self.message = message
    }

    public func parameters<Value: Codable>(
        as type: Value.Type
    ) throws(VarlinkError) -> Value {
        guard try VarlinkJSON.decode(Presence.self, from: message).parameters != nil else {
            return try VarlinkJSON.decode(Value.self, from: Array("{}".utf8))
        }
        return try VarlinkJSON.decode(Parameters<Value>.self, from: message).parameters
    }

    /// The bytes of a reply, its zero included.
    public static func message(_ parameters: some Codable, continues: Bool = false) -> [UInt8] {
        VarlinkJSON.message(Outgoing(parameters: parameters, continues: continues ? true : nil))
    }

    /// The bytes of an error, its zero included.
    public static func message(error: String, _ parameters: some Codable) -> [UInt8] {
        VarlinkJSON.message(Outgoing(error: error, parameters: parameters))
    }

    private struct Head: Decodable {
        var error: String?
        var continues: Bool?
    }

    private struct Outgoing<Value: Codable>: Encodable {
        var error: String?
        var parameters: Value
        var continues: Bool?
    }
}

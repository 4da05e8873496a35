/// A secret that lets whoever sends it in, under a name that limits and logs can use.
public struct AccessToken: Hashable, Sendable {
    /// Of whoever has it: the caller whom requests are made for.
    public var name: String
    public var secret: [UInt8]
    /// Requests of it that may be live in the gateway; nil: no limit of the gateway's.
    public var maxRequests: Int?

    public init(_ name: String, _ secret: [UInt8], maxRequests: Int? = nil) {
        self.name = name
        self.secret = secret
        self.maxRequests = maxRequests
    }
}

/// What is wrong with a file of tokens, and where.
public struct TokenFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1; nil: the file as a whole.
    public var line: Int?
    public var message: String

    public init(_ file: String, line: Int? = nil, _ message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    /// Never with a secret in it.
    public var description: String {
        line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
    }
}

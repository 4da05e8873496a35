/// The last word of a side that closes the connection: ERROR.
public struct Farewell: Hashable, Sendable {
    /// One of `Code`, or of a later daemon's.
    public var code: String
    public var message: String

    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A frame that the page forbids; the message says which field.
        case `protocol`
        /// No version in common.
        case version
        case helloTimeout = "hello_timeout"
        /// A body over the limit.
        case tooLarge = "too_large"
        /// Connections, workers or functions over a limit.
        case tooMany = "too_many"
        case notPermitted = "not_permitted"
        /// More is waiting for the peer than the daemon keeps.
        case slowReader = "slow_reader"
        /// The devices that a worker asks for, or holds, cannot be its own.
        case noDevices = "no_devices"
        /// An operator or another rule ended the connection.
        case dismissed
    }

    public init(_ code: Code, _ message: String) {
        self.code = code.rawValue
        self.message = message
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        code = try body.name("code", &strings)
        message = try body.text("message")
    }

    public func encode(into out: inout OutputBuffer) {
        out.frame(.error) { out in
            out.put(name: code)
            out.put(text: message)
        }
    }
}

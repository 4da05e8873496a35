/// What an operator chooses for a gateway.
public struct GatewaySettings: Hashable, Sendable {
    public enum Address: Hashable, Sendable {
        /// A name or number, and a port; 0 is any that is free.
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    public var address = Address.tcp(host: "127.0.0.1", port: 7860)
    /// Where the daemon's sockets are; nil: where they usually are.
    public var runtimeDirectory: String?
    /// Whether requests name their callers, so that the daemon's limits count for each of them;
    /// the gateway's user has to be one of its `gateways` then.
    public var namesCallers = false
    /// Whether the page offers to pause and resume queues and to change their limits. The daemon
    /// has to allow it, too.
    public var allowsChanges = false

    /// Bytes of a file that is uploaded.
    public var maxUploadBytes = 200 << 20
    /// Bytes of all files that are kept.
    public var maxUploadsBytes = 2 << 30

    /// A file of tokens, without one of which nobody may ask; nil: anybody may.
    public var tokenFile: String?
    /// Whether anybody may ask from other machines, too.
    public var allowsAnonymous = false
    /// Whether a proxy on this machine says in X-Forwarded-For where requests come from.
    public var trustsProxy = false
    /// Origins of pages of others that may ask; `*` is any.
    public var allowedOrigins: [String] = []
    /// Names by which the gateway may be called besides those of the loopback.
    public var allowedHosts: [String] = []
    /// Not for operators to choose: tests have less of it.
    public var patience = ConnectionPatience()

    public init() {}
}

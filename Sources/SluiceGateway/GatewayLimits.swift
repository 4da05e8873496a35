/// Bounds of the gateway. Those that an operator may want otherwise are in `GatewaySettings`.
public enum GatewayLimits {
    /// Bytes of a request's body, uploads apart.
    public static let body = 32 << 20
    /// Connections of browsers and clients at once.
    public static let connections = 8192
    /// Bytes that one request's client has not taken, before the request is called off.
    public static let unreadBytes = 16 << 20
    /// Updates likewise.
    public static let unreadUpdates = 4096
    /// Seconds between two signs of life on a stream where nothing happens.
    public static let heartbeatSeconds = 15
    /// Seconds for which what the daemon said of itself is told to others.
    public static let overviewSeconds = 1
    /// Bytes of a file of tokens.
    public static let tokenFile = 256 << 10
    /// Tokens in it.
    public static let tokens = 1024
    /// Characters of a token: those of 16 random bytes and more, so that nobody finds one by trying.
    public static let shortestToken = 20
    public static let longestToken = 512
    /// Bytes of an Authorization header.
    public static let authorization = 2048
    /// Bytes of an Origin or Host header.
    public static let origin = 512
    /// Seconds in which a gateway that is told to stop finishes what it has begun to answer.
    public static let farewellSeconds = 20
}

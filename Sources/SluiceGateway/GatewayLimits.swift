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
    /// Bytes of JSON in an inference: reading takes ten times as much memory. Tensors behind it
    /// count for the body alone.
    public static let inferenceJSON = 8 << 20
    /// Seconds that an inference may take before its client is watched for leaving.
    public static let unwatchedSeconds = 1
}

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
    /// Bytes of what stands above each part of a form.
    public static let multipartHead = 8 << 10
    /// Parts of a form, and files of a call.
    public static let multipartParts = 1024
    /// Files that the gateway keeps for all.
    public static let uploads = 10_000
    /// Uploads whose progress is told.
    public static let watchedUploads = 1024
    /// Seconds for which somebody waits for an upload to begin.
    public static let uploadWaitSeconds = 60
    /// Numbers of arrays in one answer in JSON; what is larger is a file.
    public static let arrayElements = 1 << 20
}

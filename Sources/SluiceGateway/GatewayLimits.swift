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
    /// Characters of a token: those of 15 random bytes and more, so that nobody guesses one.
    public static let shortestToken = 20
    public static let longestToken = 512
    /// Bytes of an Authorization header.
    public static let authorization = 2048
    /// Bytes of an Origin or Host header.
    public static let origin = 512
    /// Seconds in which a gateway that is told to stop finishes what it has begun to answer.
    public static let farewellSeconds = 20

    // Of Gradio's protocol.

    /// Functions that ever had a number.
    public static let gradioFunctions = 65_536
    /// Sessions at once; each call without one is one.
    public static let gradioSessions = 10_000
    /// Requests of one session that have no outcome yet.
    public static let gradioEvents = 1000
    /// Bytes of messages that one session has not read, and all of them.
    public static let gradioUnread = 16 << 20
    public static let gradioUnreadInAll = 512 << 20
    /// Seconds for which a session's requests go on while nobody reads it.
    public static let gradioGraceSeconds = 30
    /// Bytes of the name that a client gives its session.
    public static let gradioSessionName = 128
    /// How long a stream stays open when nothing is asked for any more. Who asks one after the
    /// other needs no other stream then. And a client that asks in many threads may be about to ask
    /// when it should read; its request would be left without a stream. So the more it had at once,
    /// the longer.
    public static func gradioLinger(afterMost requests: Int) -> Duration {
        .milliseconds(min(100 + 50 * requests, 3000))
    }
    /// Seconds in which the daemon says whether it takes a request, before a client is told that it
    /// waits.
    public static let gradioAdmissionSeconds = 10

    // Of the page.

    /// Browsers that look at the live page at once.
    public static let pageViewers = 64
    /// Queues, functions, workers and devices that the page shows, each; and waiting requests.
    public static let pageRows = 100
    public static let pageRequests = 20
    /// Live requests that are looked through for those that wait.
    public static let pageRequestsLookedAt = 1000
}

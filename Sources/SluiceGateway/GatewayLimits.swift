/// Bounds of the gateway. Those that an operator may want otherwise are in `GatewaySettings`.
public enum GatewayLimits {
    /// Bytes of a request's body, uploads apart.
    public static let body = 32 << 20
    /// Bytes of all bodies of live requests, and of all answers that their readers do not have yet.
    /// Of each a call may be that alone has a share of a half.
    public static func bytesInHand(uploads: Int) -> Int {
        max(512 << 20, 4 * min(uploads, 1 << 40))
    }
    /// Bytes of an answer that are not counted so: as many as a connection holds anyway. Also what is
    /// written at once of a larger one.
    public static let slice = 64 << 10
    /// Seconds for which a connection may be silent, also in the midst of a request.
    public static let idleSeconds = 120
    /// Seconds for which a reader may take nothing of what is written to it.
    public static let stallSeconds = 60
    /// Seconds for which the rest of a request is read that is answered already, so that its client
    /// gets to read why; and bytes of a rest that is worth waiting for to keep the connection.
    public static let restSeconds = 5
    public static let restBytes = 64 << 10
    /// Connections of browsers and clients at once.
    public static let connections = 8192
    /// Bytes that one request's client has not taken, before the request is called off.
    public static let unreadBytes = 16 << 20
    /// Updates likewise.
    public static let unreadUpdates = 4096
    /// Requests that the gateway has at the daemon: half of what a connection may have there.
    public static let liveRequests = 1 << 16
    /// Arguments that travel in memory files: as many as the daemon takes of one user.
    public static let liveFiles = 2048
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

    // Of the gateway's own API.

    /// Requests that it knows at once, those included that ended lately.
    public static let knownRequests = 100_000
    /// Who listens to one request at once, or waits for it.
    public static let readersPerRequest = 64
    /// Events of one request that are kept for readers, and their bytes.
    public static let events = 4096
    public static let eventBytes = 4 << 20
    /// Their bytes, of all requests.
    public static let eventBytesInAll = 128 << 20
    /// Bytes of a result that is told with the outcome, too.
    public static let valueInOutcome = 16 << 10
    /// Seconds without anybody's interest after which a request is called off.
    public static let interestSeconds = 60
    /// Seconds for which an outcome is kept, how many of them, and the bytes of their results.
    public static let keptSeconds = 300
    public static let keptOutcomes = 10_000
    public static let keptBytes = 256 << 20
    /// Seconds for which an answer may be put off.
    public static let longestWaitSeconds = 300

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
    /// Bytes of them that a reader is given at once, where one message is not larger.
    public static let gradioTaken = 256 << 10
    /// Seconds for which a session's requests go on while nobody reads it.
    public static let gradioGraceSeconds = 30
    /// Sessions that ended so and are remembered, to be told of by their names.
    public static let gradioLost = 1024
    /// Bytes of the name that a client gives its session.
    public static let gradioSessionName = 128
    /// How long a stream stays open when nothing is asked for any more. Who asks one after the
    /// other needs no other stream then. And a client that asks in many threads may be about to ask
    /// when it should read; its request would be left without a stream. So the more it had at once,
    /// the longer.
    public static func gradioLinger(afterMost requests: Int) -> Duration {
        .milliseconds(min(100 + 50 * requests, 3000))
    }
    /// For how long an answer to a call is put off, so that it may be whole.
    public static let gradioWholeMilliseconds = 100
    /// Seconds in which the daemon says whether it takes a request, before a client is told that it
    /// waits.
    public static let gradioAdmissionSeconds = 10

    // Of the page.

    /// Browsers that look at the live page at once.
    public static let pageViewers = 256
    /// Queues, functions, workers and devices that the page shows, each; and waiting requests.
    public static let pageRows = 100
    public static let pageRequests = 20
    /// Live requests that are looked through for those that wait.
    public static let pageRequestsLookedAt = 1000

    // Of files.

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

    // Of inference.

    /// Bytes of JSON in an inference: reading takes ten times as much memory. Tensors behind it
    /// count for the body alone.
    public static let inferenceJSON = 8 << 20
    /// Seconds that an inference may take before its client is watched for leaving.
    public static let unwatchedSeconds = 1
}

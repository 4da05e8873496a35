import SluiceModel
import SluiceWire

/// What the daemon says about one request, in order; the last is always `outcome`.
public enum RequestUpdate: Hashable, Sendable {
    /// Accepted, under this name in the daemon's tools. Again only as a new request, with another
    /// number, where a daemon that restarted could not take back the old one. The ticket proves to
    /// the daemon that the request is ours.
    case admitted(RequestID, ticket: [UInt8], warning: String?)
    case status(StatusUpdate)
    /// A worker began; with a higher attempt, again after one died.
    case started(attempt: Int)
    case progress(Progress)
    case log(LogLine)
    /// A partial result, numbered from 0 in each attempt.
    case chunk(sequence: UInt64, Content)
    case outcome(RequestOutcome)
}

/// How a request ended.
public struct RequestOutcome: Hashable, Sendable {
    public var outcome: Outcome
    /// Why, in one word; a newer daemon may have words that `Code` has not.
    public var code: String
    public var attempts: Int
    /// For people: what the function or the daemon said.
    public var message: String
    /// For a refusal: when trying again makes sense, how many wait, and the limit reached.
    public var retryAfter: Duration?
    public var depth: UInt64?
    public var limit: UInt64?
    /// The result, or what the function said of its failure.
    public var content: Content

    public init(_ report: OutcomeReport, content: Content) {
        outcome = report.outcome
        code = report.code
        attempts = report.attempts
        message = report.message
        retryAfter = report.retryAfter
        depth = report.depth
        limit = report.limit
        self.content = content
    }
}

/// What may be said with a request beyond its function and its payload.
public struct RequestOptions: Hashable, Sendable {
    /// Longest wait until started.
    public var queueTimeout: Duration?
    /// Longest run of one attempt.
    public var execTimeout: Duration?
    /// Longest time in all.
    public var deadline: Duration?
    /// Refuse when the predicted wait is longer.
    public var maxWait: Duration?
    /// Send rank and ETA until it is started.
    public var wantsStatus = false
    /// Whether it outlives the connection: it is `admitted` once it is stored, runs to its end
    /// whether anybody is there or not, and can be heard of again with `DataConnection.fetch`.
    public var detached = false
    /// For whom a gateway asks: the daemon's limits for each user count for this one. Only for
    /// users that are listed in the daemon's `gateways`. A name that `Name.isValid` accepts.
    public var caller: String?
    /// Whether a stream of which parts have come may begin anew, as a new request, where the
    /// daemon restarted and could not take it back. Then `admitted` comes again, with another
    /// number, and chunks from 0. Else it ends with `ClientError.streamRestarted`.
    public var takesStreamAnew = false

    public init() {}
}

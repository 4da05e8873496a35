import SluiceClient
import SluiceModel
import SluiceWire

/// Why a request over HTTP has no result: what its answer says. Thrown anywhere, it becomes that at
/// the entrance.
public struct Refusal: Error, Hashable, Sendable {
    /// Of HTTP.
    public var status: Int
    /// In one word, for programs: one of the daemon's codes, or of the gateway's own.
    public var code: String
    /// For people: who, what, and what now.
    public var message: String
    /// When trying again makes sense.
    public var retryAfter: Duration?

    public init(_ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// What an outcome that is no result means; nil for a result.
    public init?(_ outcome: RequestOutcome) {
        guard outcome.outcome != .completed else { return nil }
        self.init(
            Self.status(of: outcome), outcome.code,
            outcome.message.isEmpty ? outcome.code : outcome.message,
            retryAfter: outcome.retryAfter)
    }

    private static func status(of outcome: RequestOutcome) -> Int {
        switch Code(rawValue: outcome.code) {
        case .queueFull, .draining, .waitTooLong, .storeFull, .storeFailed: return 503
        case .tooLarge: return 413
        case .overQuota: return 429
        case .unknownFunction, .unknownRequest: return 404
        case .notPermitted: return 403
        case .unsupported: return 501
        case .queueTimeout, .execTimeout, .deadline: return 504
        case .cancelledByClient, .cancelledByOperator, .clientGone: return 409
        case .workerDied, .outOfMemory: return 502
        case .functionError, .resultTooLarge: return 500
        case .ok, nil: break
        }
        switch outcome.outcome {
        case .completed, .failed: return 500
        case .cancelled: return 409
        case .expired: return 504
        case .rejected: return 503
        }
    }

    /// Also where it is somebody else's: nobody learns which numbers there are.
    public static let unknownRequest = Refusal(
        404, "unknown_request", "no request of yours has this id, or its outcome is kept no more")
}

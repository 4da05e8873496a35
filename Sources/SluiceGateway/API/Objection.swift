/// A refusal that the gateway has reasons for before the daemon is asked, thrown.
public struct Objection: Error, Hashable, Sendable {
    public var refusal: Refusal

    public init(_ refusal: Refusal) { self.refusal = refusal }

    public init(_ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil) {
        refusal = Refusal(status, code, message, retryAfter: retryAfter)
    }

    /// Also where it is somebody else's: nobody learns which numbers there are.
    public static let unknownRequest = Objection(
        404, "unknown_request", "no request of yours has this id, or its outcome is kept no more")
}

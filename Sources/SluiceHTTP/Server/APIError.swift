import HTTPTypes
import Hummingbird
import NIOCore
import SluiceClient
import SluiceGateway
import SluiceModel

/// A refusal, thrown out of a route.
public struct APIError: HTTPResponseError {
    public var refusal: Refusal

    public init(_ refusal: Refusal) { self.refusal = refusal }

    public init(_ status: Int, _ code: String, _ message: String) {
        refusal = Refusal(status, code, message)
    }

    /// Why the daemon could not be asked.
    init(asking error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as LinkError: refusal = Refusal(error)
        case let error as ClientError: refusal = Refusal(error)
        default: refusal = Refusal(500, "internal", "\(error)")
        }
    }

    public var status: HTTPResponse.Status { HTTPResponse.Status(code: refusal.status) }

    public func response(from request: Request, context: some RequestContext) throws -> Response {
        Response(refusal)
    }
}

extension Response {
    init(_ refusal: Refusal) {
        self.init(json: refusal.body, status: HTTPResponse.Status(code: refusal.status))
        guard let after = refusal.retryAfter else { return }
        headers[.retryAfter] = "\(max(1, Int(after.components.seconds)))"
    }

    /// An answer in JSON.
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}

extension Refusal {
    init(_ error: LinkError) {
        switch error {
        case .daemonAway: self = .daemonAway
        case .slowReader:
            self.init(
                503, "slow_reader",
                "more of this request waits to be read than the gateway keeps; read as it comes")
        case .cancelled:
            self.init(409, Code.cancelledByClient.rawValue, "it was called off by its client")
        case .overShare(let caller, let limit):
            self.init(
                429, "over_quota",
                "\(caller) has \(limit) requests live, as many as its token allows: wait for one",
                retryAfter: .seconds(1))
        case .crowded(let refusal): self = refusal
        case .lost(let error): self.init(error)
        }
    }

    init(_ error: ClientError) {
        switch error {
        case .notRunning, .silent, .closed, .notBack: self = .daemonAway
        case .notPermitted(let socket):
            self.init(
                503, "not_permitted",
                "the gateway may not use \(socket): its user has to be in the group sluice")
        case .streamRestarted, .chunksLost:
            self.init(
                502, "stream_lost",
                "the daemon was restarted and parts of the result are lost: ask again")
        case .invalidName(let name):
            self.init(404, "unknown_function", "there can be no function named \(name)")
        default: self.init(502, "daemon_failed", "the daemon could not be asked: \(error)")
        }
    }

    static let daemonAway = Refusal(
        503, "daemon_away", "the daemon is not there: it starts or restarts, try again soon",
        retryAfter: .seconds(1))
}

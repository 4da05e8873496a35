import HTTPTypes
import Hummingbird
import NIOCore
import SluiceClient
import SluiceGateway
import SluiceModel

extension Response {
    init(_ refusal: Refusal, in form: ErrorForm = .ours) {
        self.init(json: refusal.body(in: form), status: HTTPResponse.Status(code: refusal.status))
        headers[.retryAfter] = refusal.retryAfter.map { "\(max(1, Int($0.components.seconds)))" }
        guard refusal.status == 401 else { return }
        // Browsers know how to ask for the second.
        headers[values: .wwwAuthenticate] = [
            "Bearer realm=\"sluice\"", "Basic realm=\"sluice\", charset=\"UTF-8\"",
        ]
    }

    /// An answer in JSON.
    init(json: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}

extension Refusal {
    /// Why the daemon could not be asked.
    init(asking error: any Error) {
        switch error {
        case let error as Refusal: self = error
        case let error as LinkError: self.init(error)
        case let error as ClientError: self.init(error)
        default: self.init(500, "internal", "\(error)")
        }
    }

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

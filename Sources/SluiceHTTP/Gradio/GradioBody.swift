import Hummingbird
import NIOCore
import SluiceGateway

/// Refusals as Gradio's clients expect them.
func answeringGradio(_ body: () async throws -> Response) async throws -> Response {
    let refusal: Refusal
    do {
        return try await body()
    } catch let error as Refusal {
        refusal = error
    } catch let error as APIError {
        refusal = error.refusal
    }
    var response = Response(refusal)
    response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: refusal.gradioBody))
    return response
}

extension Request {
    /// The body, which is JSON.
    func gradioValue() async throws -> Value {
        let body: ByteBuffer
        do {
            body = try await self.body.collect(upTo: GatewayLimits.body)
        } catch is NIOTooManyBytesError {
            throw Refusal(
                413, "too_large", "a request's body has at most \(GatewayLimits.body) bytes")
        }
        do throws(ValueError) {
            return try Value(json: body.readableBytesView)
        } catch {
            throw Refusal(400, "bad_request", "the body \(error.explanation)")
        }
    }
}

extension Value {
    func gradioData() throws(Refusal) -> [Value?] {
        guard let data = self["data"]?.arrayValue else {
            throw Refusal(400, "bad_request", "data is a list, with a value for each input")
        }
        return data
    }

    func gradioSession() throws(Refusal) -> String {
        guard let session = self["session_hash"]?.stringValue, !session.isEmpty,
            session.utf8.count <= GatewayLimits.gradioSessionName
        else {
            throw Refusal(
                400, "bad_request",
                "session_hash is a text of at most \(GatewayLimits.gradioSessionName) bytes")
        }
        return session
    }
}

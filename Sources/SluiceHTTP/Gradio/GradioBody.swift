import Hummingbird
import SluiceGateway

extension Request {
    /// The body, which is JSON; its values, which may be many times larger, count as it does.
    func gradioValue(within claim: Claim) async throws -> Value {
        let body = try await collect(upTo: GatewayLimits.body, within: claim)
        let value: Value
        do throws(ValueError) { value = try Value(json: body) } catch {
            throw Refusal(400, "bad_request", "the body \(error.explanation)")
        }
        try claim.change(to: value.weight)
        return value
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

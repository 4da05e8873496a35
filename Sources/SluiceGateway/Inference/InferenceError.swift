/// Why an inference has no answer. The protocol has a form of its own for that.
public struct InferenceError: Error, Hashable, Sendable {
    public var refusal: Refusal

    public init(_ refusal: Refusal) { self.refusal = refusal }

    init(_ status: Int, _ code: String, _ message: String) {
        refusal = Refusal(status, code, message)
    }

    /// A request that the client has to change. What it said may be long, and is not said back in
    /// full length.
    static func malformed(_ message: String) -> InferenceError {
        InferenceError(400, "malformed", String(message.prefix(mostCharacters)))
    }

    private static let mostCharacters = 1000

    /// A result that is not what the function's worker declared.
    static func wrongResult(_ message: String) -> InferenceError {
        InferenceError(500, "wrong_result", message)
    }

    public var body: [UInt8] { Value.object(["error": .string(refusal.message)]).json }
}

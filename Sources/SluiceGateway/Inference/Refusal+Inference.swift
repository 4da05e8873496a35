extension Refusal {
    /// A request that the client has to change. What it said may be long, and is not said back in
    /// full length.
    static func malformed(_ message: String) -> Refusal {
        Refusal(400, "malformed", String(message.prefix(mostCharacters)))
    }

    private static let mostCharacters = 1000

    /// A result that is not what the function's worker declared.
    static func wrongResult(_ message: String) -> Refusal {
        Refusal(500, "wrong_result", message)
    }
}

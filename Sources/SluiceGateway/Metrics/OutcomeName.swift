import SluiceModel

enum OutcomeName {
    /// The outcome that a code belongs to; that of a newer daemon's code is not known.
    static func of(_ code: String) -> String {
        Code(rawValue: code)?.outcome.rawValue ?? "unknown"
    }
}

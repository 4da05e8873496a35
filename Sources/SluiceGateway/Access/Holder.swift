/// Whom the gateway counts for what it has on somebody's behalf.
public enum Holder: Hashable, Sendable {
    /// Who has this token.
    case caller(String)
    /// Whoever asks from there, where nobody needs a token.
    case address(String)
    /// Nobody can tell: they count as one.
    case unknown
}

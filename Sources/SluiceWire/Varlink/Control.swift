/// The control plane of the daemon as Varlink sees it: the interface `io.sluice.Control`.
///
/// `description` is the interface's own text and its one source of truth; the types inside this
/// namespace are its twins in Swift, field for field, and a test holds them together. The daemon
/// encodes them, the tool decodes them, and any Varlink client can do without both.
public enum Control {
    public static let interface = "io.sluice.Control"

    /// What holds a target back.
    public enum Hold: String, Codable, Hashable, Sendable, CaseIterable {
        case running, paused, draining
    }

    /// Who said a value that is in force, from the strongest down.
    public enum Origin: String, Codable, Hashable, Sendable, CaseIterable {
        case override, configuration, declaration, `default`
    }
}

import Glibc

/// Where the daemon finds its things; what the command line says, else the manager, else the
/// usual places.
public struct Options: Sendable {
    public var configuration: ConfigurationSource
    public var runtimeDirectory: String
    /// Nil: changes made with the tool are not kept over a restart.
    public var stateDirectory: String?

    public init(
        configuration: String? = nil, runtimeDirectory: String? = nil,
        stateDirectory: String? = nil
    ) {
        self.configuration = configuration.map { .named($0) } ?? .standard
        self.runtimeDirectory =
            runtimeDirectory ?? environment("SLUICE_RUNTIME_DIRECTORY")
            ?? firstDirectory("RUNTIME_DIRECTORY") ?? "/run/sluice"
        self.stateDirectory = stateDirectory ?? firstDirectory("STATE_DIRECTORY")
    }
}

private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// The manager separates several directories by colons; ours is the first.
private func firstDirectory(_ name: String) -> String? {
    environment(name)?.split(separator: ":").first.map(String.init)
}

import Glibc

/// The three sockets of the daemon.
public enum DaemonSocket: String, Sendable {
    case client = "client.sock"
    case worker = "worker.sock"
    case control = "control.sock"

    /// Where a daemon that runs as a service has them.
    public static let standardDirectory = "/run/sluice"

    /// Where it is: in the directory named, else in `$SLUICE_RUNTIME_DIRECTORY`, else in
    /// `/run/sluice`.
    public func path(in directory: String? = nil) -> String {
        "\(directory ?? Self.directoryFromEnvironment ?? Self.standardDirectory)/\(rawValue)"
    }

    public static var directoryFromEnvironment: String? {
        guard let value = getenv("SLUICE_RUNTIME_DIRECTORY"), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

import Glibc
import SluiceModel
import SluiceSystem

extension Broker {
    /// The program and its arguments, with whatever files it wants in place.
    static func command(
        _ kind: BrokerKind, _ programs: Programs, for load: Load, in directory: TemporaryDirectory
    ) throws(BenchError) -> [String] {
        let program = try programs.path(of: kind)
        let socket = directory.file("socket")
        switch kind {
        case .relay: return [program, socket]
        case .sluice:
            try directory.write("sluiced.toml", configuration(for: load))
            return [
                program, "--config", directory.file("sluiced.toml"), "--runtime-directory",
                directory.file("run"), "--state-directory", directory.file("state"),
            ]
        case .redis:
            // Nothing on disk, as it is with the others. The limits are for large requests and
            // many connections.
            return [
                program, "--port", "0", "--unixsocket", socket, "--dir", directory.path, "--save",
                "", "--appendonly", "no", "--loglevel", "warning", "--maxclients", "19900",
                "--client-query-buffer-limit", "1gb",
            ]
        case .nats:
            try directory.write("nats.conf", natsConfiguration)
            return [
                program, "--config", directory.file("nats.conf"), "--ports_file_dir",
                directory.path,
            ]
        case .beanstalkd: return [program, "-l", "unix:\(socket)", "-z", "\(8 << 20)"]
        }
    }

    /// The limits of production, but where a load is meant to go beyond them.
    private static func configuration(for load: Load) -> String {
        let most = max(load.payload, DaemonSettings().maxRequestBytes)
        return """
            [daemon]
            max_connections = 20000
            max_connections_per_user = 20000
            max_request_bytes = \(most)
            max_bytes = \(max(DaemonSettings().maxBytes, most * load.outstanding))

            """
    }

    private static let natsConfiguration = """
        listen: "127.0.0.1:-1"
        max_payload: 8MB
        max_pending: 512MB
        max_connections: 20000
        write_deadline: "60s"

        """

    /// Where clients and workers connect; nil until that is known.
    func place(_ side: Role) -> String? {
        switch (kind, side) {
        case (.sluice, .client): directory.file("run/client.sock")
        case (.sluice, .worker): directory.file("run/worker.sock")
        case (.relay, _), (.redis, _), (.beanstalkd, _): directory.file("socket")
        case (.nats, _): port
        }
    }

    enum Role { case client, worker }

    /// NATS picks a port that is free and writes it to a file.
    private var port: String? {
        let file = directory.file("nats-server_\(process.id).ports")
        return contents(of: file).flatMap(Self.port)
    }

    /// The port in `"nats": ["nats://127.0.0.1:4222"]`.
    static func port(in text: String) -> String? {
        guard let start = text.firstRange(of: "nats://127.0.0.1:")?.upperBound else { return nil }
        let digits = text[start...].prefix { $0.isNumber }
        return digits.isEmpty ? nil : String(digits)
    }

    /// The daemon says so, and is spared a connection that would keep an empty one from being
    /// idle; the others say nothing that is the same in all their versions.
    func isReady(_ said: String) -> Bool {
        switch kind {
        case .sluice: return said.contains("listens in")
        case .relay, .redis, .nats, .beanstalkd:
            guard let place = place(.client) else { return false }
            do {
                _ = try Channel.connected(to: place)
                return true
            } catch {
                return false
            }
        }
    }
}

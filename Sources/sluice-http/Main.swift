import ArgumentParser
import Glibc
import SluiceGateway
import SluiceHTTP
import SluiceModel

@main
struct SluiceHTTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-http",
        abstract: "Offer the functions of sluiced over HTTP.",
        discussion: """
            To Gradio's clients; with metrics and a live page. Runs in the foreground until \
            SIGTERM. See sluice-http(8).
            """,
        version: SluiceModel.version)

    @Option(
        help: ArgumentHelp(
            "Where to take connections, unless the service manager hands over a socket.",
            valueName: "HOST:PORT|PATH"))
    var listen = ListenAddress(address: GatewaySettings().address)

    @Option(
        help: ArgumentHelp("Where the daemon's sockets are.", valueName: "DIRECTORY"))
    var runtimeDirectory: String?

    @Option(
        help: ArgumentHelp(
            "Let in who has a token of this file only.",
            discussion: """
                Default: the credential 'tokens', where the service manager passes one on. A line \
                is NAME TOKEN [max_requests=N].
                """,
            valueName: "FILE"))
    var tokens: String?

    @Flag(help: "Let in whoever asks, though other machines can.")
    var allowAnonymous = false

    @Flag(
        help: ArgumentHelp(
            "Name callers, so that the daemon's limits count for each of them.",
            discussion: """
                By their tokens, else by their addresses. The gateway's user has to be one of \
                'gateways' in sluiced.toml(5). With tokens it is always so.
                """))
    var nameCallers = false

    @Flag(
        help: ArgumentHelp(
            "Believe a proxy on this machine where requests come from.",
            discussion: """
                It has to say so last in X-Forwarded-For. What comes by the loopback or a \
                Unix socket is believed.
                """))
    var trustProxy = false

    @Option(
        help: ArgumentHelp(
            "Let pages of this origin ask, such as https://app.example.org; can be repeated.",
            discussion: "'*' is any, where there are no tokens.", valueName: "ORIGIN"))
    var allowOrigin: [String] = []

    @Option(
        help: ArgumentHelp(
            "Answer to this name, too, where there are no tokens; can be repeated.",
            discussion: "Over the loopback it is else called localhost, 127.0.0.1 or [::1] only.",
            valueName: "HOST"))
    var allowHost: [String] = []

    @Flag(
        help: ArgumentHelp(
            "Let the page pause and resume queues and change their limits.",
            discussion: "The gateway's user has to be in the group sluice-admin, too."))
    var allowChanges = false

    @Option(
        help: ArgumentHelp("How large an uploaded file may be.", valueName: "BYTES"))
    var maxUploadBytes = GatewaySettings().maxUploadBytes

    @Option(
        help: ArgumentHelp(
            "How much the files may take that are kept for clients.", valueName: "BYTES"))
    var maxUploadsBytes = GatewaySettings().maxUploadsBytes

    func validate() throws {
        guard maxUploadBytes > 0, maxUploadsBytes > 0 else {
            throw ValidationError("--max-upload-bytes and --max-uploads-bytes are above 0")
        }
    }

    func run() async throws {
        var settings = GatewaySettings()
        settings.address = listen.address
        settings.runtimeDirectory = runtimeDirectory
        settings.namesCallers = nameCallers
        settings.tokenFile = tokens
        settings.allowsAnonymous = allowAnonymous
        settings.trustsProxy = trustProxy
        settings.allowedOrigins = allowOrigin
        settings.allowedHosts = allowHost
        settings.allowsChanges = allowChanges
        settings.maxUploadBytes = maxUploadBytes
        settings.maxUploadsBytes = maxUploadsBytes
        let status = await Serving.run(settings) { place in
            print("listening at \(place)")
            // For who started us and reads it from a pipe.
            fflush(nil)
        }
        throw ExitCode(status)
    }
}

/// What `--listen` says: a host and a port, or a path.
struct ListenAddress: ExpressibleByArgument {
    var address: GatewaySettings.Address

    init(address: GatewaySettings.Address) { self.address = address }

    init?(argument: String) {
        guard !argument.contains("/") else {
            address = .unix(path: argument)
            return
        }
        guard let colon = argument.lastIndex(of: ":"),
            let port = Int(argument[argument.index(after: colon)...]), 0...65535 ~= port
        else { return nil }
        let host = argument[..<colon].trimmingBrackets
        guard !host.isEmpty else { return nil }
        address = .tcp(host: String(host), port: port)
    }

    var defaultValueDescription: String {
        switch address {
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

extension Substring {
    /// IPv6 addresses are written in brackets, because of the port.
    fileprivate var trimmingBrackets: Substring {
        hasPrefix("[") && hasSuffix("]") ? dropFirst().dropLast() : self
    }
}

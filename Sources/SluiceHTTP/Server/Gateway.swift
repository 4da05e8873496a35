import SluiceClient
import SluiceGateway
import SluiceSystem

/// What all routes share: the daemon, as a client and as an operator's tool see it.
public final class Gateway: Sendable {
    public let settings: GatewaySettings
    public let link: DaemonLink
    public let desk: ControlDesk
    public let uploads: UploadDesk
    let entrance: Entrance
    let counters = GatewayCounters()
    /// Bodies of requests and what is made of them, until nobody here has them.
    let bodies: Budget
    /// Answers until their readers have them.
    let answers: Budget
    let connections = Budget(GatewayLimits.connections, "connections")
    /// Of Gradio's clients.
    let sessions = Budget(
        GatewayLimits.gradioSessions, "sessions",
        Budget.Words(
            code: "too_many_sessions", advice: "read those that you have to their ends",
            retryAfter: .seconds(GatewayLimits.gradioGraceSeconds)))
    /// Places of those who look at the live page.
    let viewers = Budget(
        GatewayLimits.pageViewers, "viewers of the live page",
        Budget.Words(
            code: "too_many_viewers", advice: "close it somewhere", retryAfter: .seconds(10)))
    private let sharedCatalog: Shared<FunctionCatalog>
    private let sharedOverview: Shared<Overview>
    private let sharedMeasures: Shared<DaemonMeasures>

    /// - Throws: `SystemError`, or `SettingsError`.
    public init(_ settings: GatewaySettings, tokens: [AccessToken] = []) throws {
        self.settings = settings
        entrance = try Entrance(settings, tokens)
        link = try DaemonLink(runtimeDirectory: settings.runtimeDirectory, tokens: tokens)
        let desk = try ControlDesk(runtimeDirectory: settings.runtimeDirectory)
        self.desk = desk
        uploads = UploadDesk(settings)
        let bytes = GatewayLimits.bytesInHand(uploads: settings.maxUploadBytes)
        bodies = Budget(bytes, "bytes of bodies")
        answers = Budget(bytes, "bytes of answers")
        sharedCatalog = Shared {
            try await desk.ask { control throws(ClientError) in try control.catalog() }
        }
        sharedOverview = Shared {
            try await desk.ask { control throws(ClientError) in try control.overview() }
        }
        sharedMeasures = Shared {
            try await desk.ask { control throws(ClientError) in try control.measures() }
        }
    }

    /// The functions that there are, as of a second ago at most.
    ///
    /// - Throws: `Refusal`, where the daemon does not answer.
    public func catalog() async throws -> FunctionCatalog {
        do { return try await sharedCatalog.get() } catch { throw Refusal(asking: error) }
    }

    /// Queues, workers and devices, likewise.
    public func overview() async throws -> Overview {
        do { return try await sharedOverview.get() } catch { throw Refusal(asking: error) }
    }

    /// What is counted besides, likewise.
    func measures() async throws -> DaemonMeasures {
        do { return try await sharedMeasures.get() } catch { throw Refusal(asking: error) }
    }
}

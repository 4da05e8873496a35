import SluiceClient
import SluiceGateway
import SluiceWire

/// What the daemon shows of itself, at one time.
public struct Overview: Sendable {
    public var daemon: Control.Daemon
    public var queues: [Control.Queue]
    public var functions: [Control.Function]
    public var workers: [Control.Worker]
    public var devices: [Control.Device]
}

extension Control.Daemon {
    /// Whether it starts what is asked of it now.
    var takesWork: Bool { hold == .running && reclaimingSeconds == nil }
}

/// Something that costs the daemon a call, asked for once for all who want it within a second.
actor Shared<Thing: Sendable> {
    private let look: @Sendable () async throws -> Thing
    private var seen: (thing: Thing, at: ContinuousClock.Instant)?
    private var looking: Task<Thing, any Error>?

    init(_ look: @escaping @Sendable () async throws -> Thing) { self.look = look }

    func get() async throws -> Thing {
        let age = Duration.seconds(GatewayLimits.overviewSeconds)
        if let seen, ContinuousClock.now - seen.at < age { return seen.thing }
        if let looking { return try await looking.value }
        let task = Task { try await look() }
        looking = task
        defer { looking = nil }
        let thing = try await task.value
        seen = (thing, .now)
        return thing
    }
}

extension ControlConnection {
    func overview() throws(ClientError) -> Overview {
        Overview(
            daemon: try call(Control.Status()), queues: try queues(), functions: try functions(),
            workers: try workers(), devices: try devices())
    }

    func catalog() throws(ClientError) -> FunctionCatalog {
        FunctionCatalog(try functions(), try descriptions())
    }
}

import Hummingbird
import NIOCore
import SluiceGateway

/// What goes with a request through the gateway.
public struct GatewayContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Of the connection; nil where nobody knows any more.
    public let remote: SocketAddress?
    /// On whose behalf the daemon is asked; nil: the gateway's own.
    public var caller: String?
    /// Who is counted for what the gateway has because of it.
    public var holder = Holder.unknown
    /// Shared by all copies of this.
    public let connection = ConnectionUse()

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remote = source.channel.remoteAddress
    }

    /// Bytes of a body that is read as a whole.
    public var maxUploadSize: Int { GatewayLimits.body }
}

/// Routes that belong together.
protocol RouteGroup {
    func add(to router: Router<GatewayContext>)
}

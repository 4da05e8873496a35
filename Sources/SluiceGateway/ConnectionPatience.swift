/// For how long the gateway waits for the other end of a connection.
public struct ConnectionPatience: Hashable, Sendable {
    /// While nothing comes of a request that is begun, or none is.
    public var idle = Duration.seconds(GatewayLimits.idleSeconds)
    /// While nothing is taken of what is written.
    public var stall = Duration.seconds(GatewayLimits.stallSeconds)
    /// While the rest of a request comes that is answered already.
    public var rest = Duration.seconds(GatewayLimits.restSeconds)

    public init() {}
}

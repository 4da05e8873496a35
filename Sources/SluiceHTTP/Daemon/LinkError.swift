import SluiceClient
import SluiceGateway

/// Why a request of the gateway has no outcome.
public enum LinkError: Error, Hashable, Sendable {
    /// The daemon is not there, and was not back in time.
    case daemonAway
    /// It was called off before the daemon was there to hear of it.
    case cancelled
    /// Whoever asked takes nothing of what came: `GatewayLimits` says how much waits.
    case slowReader
    /// The caller has as many live requests in the gateway as its token allows.
    case overShare(String, limit: Int)
    /// Of what the gateway may have at the daemon, whoever asks has its part.
    case crowded(Refusal)
    /// The request cannot go on, for instance because parts of its stream were lost in a restart.
    case lost(ClientError)
}

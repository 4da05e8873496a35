import SluiceModel
import SluiceSystem
import SluiceWire

/// Why the daemon could not be asked, or would not answer.
public enum ClientError: Error, Hashable, Sendable {
    /// Nobody listens at the socket.
    case notRunning(socket: String)
    /// The socket is there and not for us.
    case notPermitted(socket: String)
    /// The socket took our call, and nothing came for so long.
    case silent(socket: String, for: Duration)
    /// The socket's path cannot be one.
    case unusablePath(String)
    /// Not a name that a function or queue may have.
    case invalidName(String)
    /// The daemon closed the connection, or died.
    case closed
    /// The daemon went, and was not back after so long. What was asked for or is in hand is kept:
    /// the next call waits for it again.
    case notBack(socket: String, after: Duration)
    /// After a restart of the daemon the request is a new one, and parts of the old one's result
    /// have been passed on. It is cancelled; see `RequestOptions.takesStreamAnew`.
    case streamRestarted(RequestNumber)
    /// Parts of the result are lost, and nobody can fill the hole. The request is cancelled, unless
    /// it is detached: that goes on, and can be fetched again.
    case chunksLost(RequestNumber)
    /// The daemon refused a call of the control interface.
    case refused(ControlError)
    /// The daemon does not know the call, as an older one would not.
    case unsupported(VarlinkServiceError)
    /// The daemon does not know of devices, as an older one would not.
    case noDevices
    /// Whoever runs this process left it these devices by `SLUICE_DEVICE`, and it wants so many, or
    /// others.
    case devicesClosed(left: [String])
    /// The daemon ended the connection and said why.
    case dismissed(code: String, message: String)
    /// What came is not the protocol.
    case protocolViolation(String)
    case system(SystemError)
}

/// How long to wait for a daemon that does not answer, and who hears of it meanwhile.
///
/// A socket takes connections while nobody serves it: the service manager holds it while the
/// daemon starts, or cannot start, and the kernel while it hangs. Without a bound whoever asks
/// would hang with it.
public struct Patience: Sendable {
    /// Silence after which the daemon counts as not answering; nil: never.
    public var limit: Duration?
    /// Called once a wait has lasted `noticeAfter`, before it goes on.
    public var notice: (@Sendable () -> Void)?
    public var noticeAfter: Duration = .seconds(2)

    public init(limit: Duration? = nil, notice: (@Sendable () -> Void)? = nil) {
        self.limit = limit
        self.notice = notice
    }

    /// Waits for ever, silently.
    public static let endless = Patience()

    /// Tries what waits at most as long as it is told, until it comes to something or the limit is
    /// reached.
    func wait<Something: ~Copyable>(
        for socket: String, _ attempt: (Duration?) throws(ClientError) -> Something?
    ) throws(ClientError) -> Something {
        var rest = limit
        if let notice, limit.map({ noticeAfter < $0 }) ?? true {
            if let something = try attempt(noticeAfter) { return something }
            notice()
            rest = limit.map { $0 - noticeAfter }
        }
        if let something = try attempt(rest) { return something }
        throw .silent(socket: socket, for: limit ?? .zero)
    }
}

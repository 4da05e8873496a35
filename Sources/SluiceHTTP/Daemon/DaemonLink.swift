import SluiceClient
import SluiceGateway
import SluiceModel
import SluiceSystem

/// The gateway's connection to the daemon, as tasks have it: they ask, a thread of its own talks.
///
/// One connection carries all requests, because the daemon's limits count for callers and not for
/// connections, and because so one reader empties it, however slow others are to take their part.
public final class DaemonLink: Sendable {
    enum Command: Sendable {
        case submit(Feed, String, Content, RequestOptions)
        case fetch(Feed, RequestID, ticket: [UInt8], wantsStatus: Bool)
        case cancel(Feed)
        /// Nobody listens any more.
        case letGo(Feed)
        case close
    }

    private let mailbox: Mailbox<Command>
    private let shares: Shares

    /// - Parameters:
    ///   - runtimeDirectory: where the daemon's sockets are; nil: where they usually are.
    ///   - tokens: whose requests are counted, where they say how many there may be.
    public init(
        runtimeDirectory: String? = nil, tokens: [AccessToken] = []
    ) throws(SystemError) {
        shares = Shares(tokens)
        let mailbox = try Mailbox<Command>()
        self.mailbox = mailbox
        _ = try BackgroundThread {
            LinkThread(mailbox, runtimeDirectory).run()
        }
    }

    deinit { mailbox.post(.close) }

    /// Asks for a function. What it throws is in the updates, too.
    ///
    /// - Parameter holder: for whom it counts among all that the gateway has at the daemon.
    public func submit(
        _ function: String, _ content: Content, _ options: RequestOptions = RequestOptions(),
        for holder: Holder = .unknown
    ) -> DaemonRequest { submit(function, content, options, for: holder, claim: nil) }

    /// - Parameter claim: for the content, for as long as the connection keeps it.
    func submit(
        _ function: String, _ content: Content, _ options: RequestOptions, for holder: Holder,
        claim: Claim?
    ) -> DaemonRequest {
        let wanted = Shares.Wanted(options.caller, holder, content)
        return request(wanted, isDetached: options.detached, claim) {
            .submit($0, function, content, options)
        }
    }

    /// Asks to hear of a detached request, from its beginning. Numbers can be guessed: the ticket
    /// that came with it tells the daemon that this one was not.
    public func fetch(
        _ request: RequestID, ticket: [UInt8], wantsStatus: Bool = false,
        for holder: Holder = .unknown
    ) -> DaemonRequest {
        self.request(Shares.Wanted(nil, holder, nil), isDetached: true, nil) {
            .fetch($0, request, ticket: ticket, wantsStatus: wantsStatus)
        }
    }

    private func request(
        _ wanted: Shares.Wanted, isDetached: Bool, _ claim: Claim?,
        _ command: (Feed) -> Command
    ) -> DaemonRequest {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: RequestUpdate.self, throwing: (any Error).self)
        let share: Share?
        do throws(LinkError) { share = try shares.take(wanted) } catch {
            continuation.finish(throwing: error)
            let nobody = Feed(continuation, isDetached: isDetached)
            return DaemonRequest(DaemonRequest.Updates(stream: stream, feed: nobody)) {}
        }
        let feed = Feed(continuation, isDetached: isDetached, share: share, claim: claim)
        let mailbox = mailbox
        continuation.onTermination = { reason in
            guard case .cancelled = reason else { return }
            mailbox.post(.letGo(feed))
        }
        mailbox.post(command(feed))
        return DaemonRequest(DaemonRequest.Updates(stream: stream, feed: feed)) {
            mailbox.post(.cancel(feed))
        }
    }
}

import Glibc
import SluiceClient
import SluiceGateway
import SluiceModel
import SluiceSystem
import SluiceWire

/// The thread that talks to the daemon for all: it waits for commands of tasks and for what the
/// daemon says, and blocks in nothing else, but while the daemon is away, or takes nothing.
///
/// connected ─end→ away ─return→ connected;  away ─too long, or nobody waits→ apart ─command→ …
final class LinkThread {
    private let mailbox: Mailbox<DaemonLink.Command>
    private let runtimeDirectory: String?
    private var connection: DataConnection?
    private var feeds: [RequestNumber: Feed] = [:]
    private var numbers: [ObjectIdentifier: RequestNumber] = [:]
    /// Of those, what somebody else had submitted, or this one before.
    private var fetched: Set<RequestNumber> = []
    /// Since when the daemon is away.
    private var awaySince: ContinuousClock.Instant?
    /// What was asked for while the daemon is away, oldest first.
    private var held: [(command: DaemonLink.Command, feed: Feed, at: ContinuousClock.Instant)] = []
    /// Whether one who was asked found the daemon silent.
    private var silence = Silence()
    private var commands: [DaemonLink.Command] = []
    /// Whether there may be more of what the daemon said, of which its socket need not tell.
    private var hasMore = false
    private var isClosing = false

    /// How long one call waits for a daemon that went: commands wait as long.
    private static let step = Duration.milliseconds(500)
    /// How long a new request waits for it.
    private static let newcomersWait = Duration.seconds(5)
    /// How long those wait that were there before: restarts and upgrades take less.
    private static let othersWait = Duration.seconds(60)
    /// Requests that may be held meanwhile.
    private static let mostHeld = 4096

    init(_ mailbox: Mailbox<DaemonLink.Command>, _ runtimeDirectory: String?) {
        self.mailbox = mailbox
        self.runtimeDirectory = runtimeDirectory
    }

    func run() {
        while !isClosing {
            wait()
            mailbox.drain(into: &commands)
            for command in commands { perform(command, at: .now) }
            commands.removeAll(keepingCapacity: true)
            hear()
        }
    }

    /// Waits for a command or for something to come. Not while the daemon is away and somebody
    /// waits for it: looking for it takes its time.
    private func wait() {
        guard awaySince == nil else { return }
        var entries = [pollfd(fd: mailbox.number, events: Int16(POLLIN), revents: 0)]
        if let connection {
            entries.append(pollfd(fd: connection.number, events: Int16(POLLIN), revents: 0))
        }
        while poll(&entries, nfds_t(entries.count), hasMore ? 0 : -1) < 0, errno == EINTR {}
    }

    // MARK: Commands

    private func perform(_ command: DaemonLink.Command, at now: ContinuousClock.Instant) {
        switch command {
        case .submit(let feed, _, _, _), .fetch(let feed, _, _, _):
            guard awaySince == nil else { return hold(command, feed, at: now) }
            ask(command, feed)
        case .cancel(let feed): callOff(feed)
        case .letGo(let feed):
            // What is only held is of no use to anybody else, detached or not.
            let isHeld = held.contains { $0.feed === feed }
            guard feed.isDetached, !isHeld else { return callOff(feed) }
            // What was submitted here counts until it is over, so it is heard of to its end.
            guard let number = numbers[ObjectIdentifier(feed)], fetched.contains(number) else {
                return feed.turnAway()
            }
            leave(number, feed)
        case .close: isClosing = true
        }
    }

    private func hold(
        _ command: DaemonLink.Command, _ feed: Feed, at now: ContinuousClock.Instant
    ) {
        guard held.count < Self.mostHeld else { return feed.end(.daemonAway) }
        held.append((command, feed, now))
    }

    private func ask(_ command: DaemonLink.Command, _ feed: Feed) {
        do throws(ClientError) {
            let connection = try connected()
            let number: RequestNumber
            switch command {
            case .submit(_, let function, let content, let options):
                number = try connection.enqueue(function, content, options)
            case .fetch(_, let request, let ticket, let wantsStatus):
                number = try connection.enqueue(
                    fetching: request, ticket: ticket, wantsStatus: wantsStatus)
            case .cancel, .letGo, .close: return
            }
            feeds[number] = feed
            if case .fetch = command { fetched.insert(number) }
            numbers[ObjectIdentifier(feed)] = number
        } catch {
            switch error {
            // Of this one alone: where the connection failed, too, that is heard next.
            case .invalidName, .system: feed.end(.lost(error))
            default:
                feed.end(.daemonAway)
                take(error)
            }
        }
    }

    /// Listens to a detached request no more. A daemon that cannot be told so goes on telling, and
    /// nobody takes it.
    private func leave(_ number: RequestNumber, _ feed: Feed) {
        do throws(ClientError) {
            guard try connection?.enqueue(leaving: number) == true else { return }
            feed.end()
            forget(number, feed)
        } catch {
            take(error)
        }
    }

    private func callOff(_ feed: Feed) {
        if let index = held.firstIndex(where: { $0.feed === feed }) {
            held.remove(at: index)
            return feed.end(.cancelled)
        }
        guard let number = numbers[ObjectIdentifier(feed)] else { return }
        // It leaves before the thread rests.
        do throws(ClientError) { try connection?.enqueue(cancelling: number) } catch { take(error) }
    }

    private func connected() throws(ClientError) -> DataConnection {
        if let connection { return connection }
        if let error = silence.verdict(at: .now) { throw error }
        do throws(ClientError) {
            let made = try DataConnection(
                runtimeDirectory: runtimeDirectory, name: "sluice-http",
                patience: Patience(limit: .seconds(2)), absence: Patience(limit: Self.step))
            connection = made
            return made
        } catch {
            silence.note(error, at: .now)
            throw error
        }
    }

    // MARK: What the daemon says

    private func hear() {
        guard let connection else { return hasMore = false }
        do throws(ClientError) {
            var portion = HearingPortion()
            let isLeft = try connection.takeArrivals(
                // What is told may have ended the connection.
                while: { portion.look() && self.connection === connection }
            ) { number, update in
                portion.take(update)
                tell(number, update)
            }
            awaySince = nil
            // What is asked now is sent the next time.
            hasMore = isLeft && self.connection != nil || !held.isEmpty
            let waiting = held
            held.removeAll()
            for (command, feed, _) in waiting { ask(command, feed) }
        } catch {
            take(error)
        }
    }

    private func tell(_ number: RequestNumber, _ update: Result<RequestUpdate, ClientError>) {
        guard let feed = feeds[number] else { return }
        switch update {
        case .success(let update):
            let hadRoom = feed.pass(update)
            if case .outcome = update {
                feed.end()
                return forget(number, feed)
            }
            guard !hadRoom else { return }
            // Its outcome comes, and nobody is told.
            forget(number, feed)
            guard !feed.isDetached else { return leave(number, feed) }
            do throws(ClientError) { try connection?.cancel(number) } catch { take(error) }
        case .failure(let error):
            feed.end(.lost(error))
            forget(number, feed)
        }
    }

    private func forget(_ number: RequestNumber, _ feed: Feed) {
        feeds[number] = nil
        fetched.remove(number)
        numbers[ObjectIdentifier(feed)] = nil
    }

    // MARK: A daemon that went

    private func take(_ error: ClientError) {
        let now = ContinuousClock.now
        guard case .notBack = error else {
            // Refused, or nobody to refuse: whoever asks next tries again.
            return end(all: .lost(error))
        }
        awaySince = awaySince ?? now
        endAbsence(at: now)
    }

    /// Sends those away who waited long enough; the thread rests when nobody is left.
    private func endAbsence(at now: ContinuousClock.Instant) {
        guard let since = awaySince else { return }
        while let first = held.first, now - first.at >= Self.newcomersWait {
            held.removeFirst().feed.end(.daemonAway)
        }
        let isAwaited = feeds.isEmpty ? !held.isEmpty : now - since < Self.othersWait
        guard !isAwaited else { return }
        end(all: .daemonAway)
    }

    private func end(all error: LinkError) {
        for (_, feed) in feeds { feed.end(error) }
        for (_, feed, _) in held { feed.end(.daemonAway) }
        feeds.removeAll()
        fetched.removeAll()
        numbers.removeAll()
        held.removeAll()
        connection = nil
        hasMore = false
        awaySince = nil
    }
}

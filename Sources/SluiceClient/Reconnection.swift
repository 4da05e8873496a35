import Glibc
import SluiceSystem
import SluiceWire
import Synchronization

/// Opens a connection, and another one in the same session when the daemon went and is back.
struct Reconnection {
    private let path: String
    private let name: String?
    private let session: UniqueID
    private let features: Features
    /// With a daemon that went.
    private let patience: Patience
    private var absence = Absence()

    init(
        to socket: DaemonSocket, in directory: String?, name: String?, _ patience: Patience
    ) throws(ClientError) {
        path = socket.path(in: directory)
        self.name = name
        features = socket == .worker ? [.pausing, .devices] : []
        self.patience = patience
        do {
            session = try Randomness.uuid().withUnsafeBytes { UniqueID($0) }
        } catch {
            throw .system(error)
        }
    }

    func open(_ patience: Patience) throws(ClientError) -> FrameLink {
        var hello = Hello(session: session, name: name)
        hello.features = features
        return try FrameLink(connectingTo: path, hello, patience)
    }

    /// Something came: it is there.
    mutating func heard() { absence.end() }

    /// How long to wait for the end of a connection of which the daemon said that it will end.
    mutating func patienceWithLeaving() -> Patience {
        absence.begin(at: .now)
        return Patience(limit: absence.rest(of: patience.limit, at: .now))
    }

    /// Waits for the daemon to be back.
    mutating func reopen() throws(ClientError) -> FrameLink {
        absence.begin(at: .now)
        let notice = patience.notice.map { Once($0) }
        do throws(ClientError) {
            while true {
                Self.wait(absence.nextPause(jitter: .random(in: 0.8...1.2)))
                let rest = try rest()
                if absence.time(at: .now) >= patience.noticeAfter { notice?.call() }
                if let link = try look(within: rest, notice) { return link }
            }
        } catch {
            // Whoever asks again waits again.
            absence.end()
            throw error
        }
    }

    private func rest() throws(ClientError) -> Duration? {
        let rest = absence.rest(of: patience.limit, at: .now)
        guard rest != .zero else {
            throw .notBack(socket: path, after: patience.limit ?? .zero)
        }
        return rest
    }

    private func look(within rest: Duration?, _ notice: Once?) throws(ClientError) -> FrameLink? {
        var patience = Patience(limit: rest)
        if let notice { patience.notice = { notice.call() } }
        patience.noticeAfter = max(.zero, self.patience.noticeAfter - absence.time(at: .now))
        do throws(ClientError) {
            return try open(patience)
        } catch {
            guard mayPass(error) else { throw error }
            return nil
        }
    }

    /// Whether that is how it looks while a daemon starts.
    private func mayPass(_ error: ClientError) -> Bool {
        if case .notRunning = error { return true }
        if case .notPermitted = error { return absence.time(at: .now) < Absence.untilOpen }
        return error.isEnd
    }

    private static func wait(_ time: Duration) {
        guard time > .zero else { return }
        poll(nil, 0, CInt(clamping: time.components.attoseconds / 1_000_000_000_000_000))
    }
}

extension ClientError {
    /// Whether the daemon went, or hangs as it goes, rather than refused us.
    var isEnd: Bool {
        if case .silent = self { return true }
        return self == .closed
    }
}

/// What is called at most once, whoever may call it.
private final class Once: Sendable {
    private let body: @Sendable () -> Void
    private let wasCalled = Mutex(false)

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func call() {
        let isFirst = wasCalled.withLock { wasCalled in
            defer { wasCalled = true }
            return !wasCalled
        }
        if isFirst { body() }
    }
}

import SluiceClient
import SluiceGateway
import Synchronization

/// A session as tasks share it: those that hear of its requests write, one at a time reads.
final class GradioLive: Sendable {
    private struct State {
        var session: GradioSession
        var requests: [String: DaemonRequest] = [:]
        /// Told that there is something to read; nil: nobody reads.
        var bell: AsyncStream<Void>.Continuation?
        /// Which reader it is: a newer one takes the place of an older.
        var reader = 0
        /// Requests that ever began.
        var begun = 0
        /// The most at once, for this reader.
        var most = 0
        /// As many as `begun` when there was none for a while.
        var lingered: Int?
        /// Whether somebody waits for that.
        var isLingering = false
        var isHeartbeatDue = false
        var unreadSince: ContinuousClock.Instant? = .now
        /// What each reader is being sent: it is in memory until then, and counts.
        var inHand: [Int: Int] = [:]

        /// What counts of this session.
        var bytes: Int { session.bytes + inHand.values.reduce(0, +) }
    }

    /// What a reader finds.
    enum Find {
        case messages([UInt8])
        /// Nothing new.
        case nothing
        /// Nothing, and nothing to come since just now: the reader is to linger.
        case lull
        /// Nothing, and nothing to come for a while now.
        case over
        /// Another reader came.
        case replaced
    }

    let manner: GradioSession.Manner
    private let state: Mutex<State>
    /// Who began it, and is counted for it.
    private let holder: Holder
    /// Of all sessions.
    private let unread: GradioUnread
    /// Its place among all sessions.
    private let place: Claim?

    init(
        _ manner: GradioSession.Manner, of holder: Holder, _ unread: GradioUnread,
        in place: Claim? = nil
    ) {
        self.manner = manner
        self.holder = holder
        self.unread = unread
        self.place = place
        state = Mutex(State(session: GradioSession(manner)))
    }

    deinit {
        let bytes = state.withLock { $0.bytes }
        unread.change(by: -bytes, of: holder)
    }

    // MARK: Requests

    func begin(_ event: String) throws(Refusal) {
        try state.withLock { state throws(Refusal) in
            try state.session.begin(event)
            state.begun += 1
            // Who asks will come to read.
            if state.unreadSince != nil { state.unreadSince = .now }
            state.most = max(state.most, state.session.pending)
        }
    }

    /// From now on it can be called off; at once, where the session came to its end meanwhile.
    func hold(_ event: String, _ request: DaemonRequest) {
        let isWanted = state.withLock { state in
            guard state.session.isPending(event) else { return false }
            state.requests[event] = request
            return true
        }
        guard !isWanted else { return }
        request.cancel()
    }

    /// Calls a request off; its outcome is told.
    func cancel(_ event: String) {
        state.withLock { $0.requests[event] }?.cancel()
    }

    /// It came to nothing, and its client was told.
    func forget(_ event: String) {
        change { state, _ in
            state.session.forget(event)
            state.requests[event] = nil
            return []
        }
    }

    /// Tells what an update of a request means for its client. One task does so for each request.
    ///
    /// What that is may take long to make: it is made before the session is locked, because whoever
    /// begins a session, or goes on with this one, waits for the lock.
    ///
    /// - Parameter files: where those of its answer go.
    func tell(
        _ update: RequestUpdate, of event: inout GradioEvent, _ files: any FileBridge
    ) {
        // Of a session that ended nobody hears what could be made.
        guard state.withLock({ $0.session.isPending(event.name) }),
            let news = event.news(of: update, files), !tell(news)
        else { return }
        files.letGo(of: news.files)
    }

    func fail(_ event: GradioEvent, _ refusal: Refusal) {
        guard let news = event.news(of: refusal) else { return }
        _ = tell(news)
    }

    /// - Returns: whether it can be read.
    private func tell(_ news: GradioNews) -> Bool {
        var isKept = false
        change { state, counted in
            if news.isLast { state.requests[news.event] = nil }
            let before = UnreadBytes.Session(
                holder: holder, bytes: state.bytes, hasAllInHand: state.session.bytes == 0,
                isRead: state.bell != nil)
            switch state.session.tell(news) {
            case .late: return []
            case .replaced:
                isKept = true
                return []
            case .overrun(let ended): return ended
            case .kept:
                let more = state.bytes - before.bytes
                isKept = unread.take(more, for: before)
                guard isKept else { return state.session.overrun(with: news.event) }
                counted += more
                return []
            }
        }
        return isKept
    }

    /// Calls everything off, because nobody reads.
    func end() {
        change { state, _ in state.session.overrun() }
    }

    /// - Parameter body: returns the requests that are to be called off. What it asked for it adds
    ///   to what is counted; the rest of what the session has more, or less, is counted here.
    private func change(_ body: (inout State, _ counted: inout Int) -> [String]) {
        let (ended, bell) = state.withLock { state in
            var counted = state.bytes
            let ended = body(&state, &counted)
            unread.change(by: state.bytes - counted, of: holder)
            return (ended.compactMap { state.requests.removeValue(forKey: $0) }, state.bell)
        }
        for request in ended { request.cancel() }
        bell?.yield()
    }

    // MARK: Reading

    /// A new reader; one that was there before is at its end.
    func attach() -> (reader: Int, bell: AsyncStream<Void>) {
        let (bell, ring) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (reader, old) = state.withLock { state in
            defer { state.bell = ring }
            state.reader += 1
            state.unreadSince = nil
            state.most = state.session.pending
            state.lingered = nil
            state.isLingering = false
            return (state.reader, state.bell)
        }
        old?.finish()
        ring.yield()
        return (reader, bell)
    }

    /// It reads no more; once is as good as twice.
    func detach(_ reader: Int) {
        state.withLock { state in
            letGo(of: reader, &state)
            guard state.reader == reader, state.unreadSince == nil else { return }
            state.bell = nil
            state.unreadSince = .now
        }
    }

    /// What was handed to a reader is with its client.
    private func letGo(of reader: Int, _ state: inout State) {
        guard let sent = state.inHand.removeValue(forKey: reader) else { return }
        unread.change(by: -sent, of: holder)
    }

    /// What there is for a reader, a part at a time. What it was given before it has sent.
    func take(_ reader: Int) -> Find {
        state.withLock { state in
            letGo(of: reader, &state)
            guard state.reader == reader else { return .replaced }
            let before = state.session.bytes
            var messages = state.session.take(atMost: GatewayLimits.gradioTaken)
            if !messages.isEmpty { state.inHand[reader] = before - state.session.bytes }
            if state.isHeartbeatDue {
                state.isHeartbeatDue = false
                messages += manner == .queue ? GradioNotice.heartbeat : GradioNotice.callHeartbeat
            }
            guard messages.isEmpty else { return .messages(messages) }
            guard state.session.pending == 0 else { return .nothing }
            guard manner != .call, state.lingered != state.begun else { return .over }
            guard !state.isLingering else { return .nothing }
            state.isLingering = true
            return .lull
        }
    }

    /// All messages, where nothing is left to come, be it a moment later: most calls are short, and
    /// an answer that is whole needs no stream, whose end is the end of its connection.
    func whole() async -> [UInt8]? {
        if let messages = takeWhole() { return messages }
        let (reader, bell) = attach()
        let alarm = Task {
            guard await Self.pause(.milliseconds(GatewayLimits.gradioWholeMilliseconds)) else {
                return
            }
            state.withLock { $0.reader == reader ? $0.bell : nil }?.finish()
        }
        defer {
            alarm.cancel()
            detach(reader)
        }
        for await _ in bell {
            if let messages = takeWhole() { return messages }
            guard !isLarge else { break }
        }
        return nil
    }

    /// Whether what waits is for a stream, which counts it until it is read: as an answer it might
    /// find no room, and would be lost.
    private var isLarge: Bool { state.withLock { $0.session.bytes > GatewayLimits.slice } }

    private func takeWhole() -> [UInt8]? {
        state.withLock { state in
            guard state.session.pending == 0, state.session.hasUnsent,
                state.session.bytes <= GatewayLimits.slice
            else { return nil }
            unread.change(by: -state.session.bytes, of: holder)
            return state.session.take()
        }
    }

    /// Has signs of life sent until it is cancelled.
    func beats(_ reader: Int) async {
        while await Self.pause(.seconds(GatewayLimits.heartbeatSeconds)) {
            ring(reader) { $0.isHeartbeatDue = true }
        }
    }

    /// - Returns: false when cancelled.
    private static func pause(_ time: Duration) async -> Bool {
        do { try await Task.sleep(for: time) } catch { return false }
        return true
    }

    /// Waits until no request began for a while, and has the reader look whether it may go then.
    ///
    /// Whether somebody lingers is changed where it is seen what for: a request that begins and
    /// ends between two looks would find nobody otherwise, and the stream would stay open.
    func linger(_ reader: Int) async {
        var seen: Int?
        while true {
            let last = seen
            let (begun, most) = state.withLock { state -> (Int?, Int) in
                guard state.reader == reader else { return (nil, 0) }
                let isQuiet = state.session.pending == 0
                if isQuiet && state.begun != last { return (state.begun, state.most) }
                if isQuiet { state.lingered = last }
                state.isLingering = false
                return (nil, 0)
            }
            guard let begun else { break }
            seen = begun
            guard await Self.pause(GatewayLimits.gradioLinger(afterMost: most)) else { return }
        }
        ring(reader) { _ in }
    }

    private func ring(_ reader: Int, _ body: (inout State) -> Void) {
        state.withLock { state in
            guard state.reader == reader else { return nil as AsyncStream<Void>.Continuation? }
            body(&state)
            return state.bell
        }?.yield()
    }

    /// Ends the stream of a reader that has everything.
    ///
    /// - Returns: false where something came since.
    func close(_ reader: Int) -> Bool {
        state.withLock { state in
            guard state.reader == reader, state.session.pending == 0, !state.session.hasUnsent,
                manner == .call || state.lingered == state.begun
            else { return false }
            state.bell = nil
            return true
        }
    }

    /// Whether nothing is left to do or to tell, and nobody waits for it.
    var isDone: Bool {
        state.withLock {
            $0.session.pending == 0 && !$0.session.hasUnsent && $0.bell == nil
        }
    }

    /// Since when nobody reads; nil while somebody does.
    var unreadSince: ContinuousClock.Instant? { state.withLock { $0.unreadSince } }

    /// Whether nobody has read for too long.
    var isLate: Bool {
        guard let since = unreadSince else { return false }
        return .now - since > .seconds(GatewayLimits.gradioGraceSeconds)
    }
}

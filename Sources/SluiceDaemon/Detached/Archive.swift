import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem

/// The store as the loop sees it: what is wanted of it becomes operations, and its answers find
/// whoever waits for them.
///
///     engine ── StoreTask ──▶ ┌─────────┐ ── StoreOperation, token ──▶ Store
///     readings ─ operation ─▶ │ Archive │
///     control ── operation ─▶ └─────────┘ ◀── token, StoreOutcome ──── Store
///
/// Without a state directory there is no store, and nobody is told that there is one.
struct Archive: ~Copyable {
    /// Who waits for an answer.
    enum Question {
        case acceptance(RequestID)
        case search(RequestID)
        case settlement(RequestID, hasAnswer: Bool)
        /// A client to whom something is read out; see `Readings`.
        case reading(Readings.Key, serial: UInt64)
        /// A call on the control socket.
        case call(UInt64)
        /// One that is to run once more: first what is known of it, then its payload.
        case examination(RequestID, token: UInt64)
        case payload(StoredRequest, token: UInt64)
        case expiry
        /// Who waits for it, and does nothing else.
        case recovery
        /// Nobody.
        case note
    }

    /// An answer, and whose it is.
    enum Reply {
        case answer(Question, StoreOutcome)
        case event(StoreEvent)
    }

    private let store: Store?
    private var questions: [UInt64: Question] = [:]
    private var lastToken: UInt64 = 0
    private var news: [StoreNews] = []
    /// What was refused before it came to the store.
    private var refused: [Reply] = []
    /// What it can be asked for; see `StoreState`.
    private(set) var state = StoreState.absent
    /// What it holds; nil: that is not known, because it cannot be used.
    private(set) var usage: StoreUsage?
    /// Why it cannot be used.
    private(set) var trouble: StoreTrouble?
    private(set) var isDiskFull = false
    /// The highest number that was ever stored.
    private(set) var lastRequest = RequestID(rawValue: 0)

    /// When outcomes expire next, or a store that is broken is tried again.
    private(set) var nextDeadline: Instant?
    private(set) var settings: StoreSettings

    /// How long until a store that cannot be used is tried again.
    private static let secondThought = Duration.seconds(10)
    /// The same for outcomes that could not be looked through.
    private static let leastPause = Duration.seconds(1)

    /// Opens the store, and returns when it is open or cannot be.
    ///
    /// - Parameter events: what is to be said of that.
    init(
        in directory: String?, _ settings: StoreSettings, noting events: inout [StoreEvent]
    ) throws(SystemError) {
        self.settings = settings
        guard let directory else {
            store = nil
            return
        }
        store = try Store(in: directory, settings)
        while state == .absent {
            store?.wait()
            for case .event(let event) in take() {
                note(event)
                events.append(event)
            }
        }
    }

    /// Readable while it has something to say; nil without a store.
    var number: CInt? { store?.number }

    /// Whether peers may be told that detached requests are kept.
    var isThere: Bool { store != nil }

    // MARK: Asking

    /// Hands an operation over with the turn. What cannot be is answered all the same.
    mutating func ask(_ operation: StoreOperation, for question: Question = .note) {
        lastToken += 1
        guard let store else {
            return answer(question, .refused(.unavailable))
        }
        do throws(StoreRefusal) {
            try store.submit(operation, token: lastToken)
            questions[lastToken] = question
        } catch {
            answer(question, .refused(error))
        }
    }

    /// Answers without asking: what is known here already.
    mutating func answer(_ question: Question, _ outcome: StoreOutcome) {
        refused.append(.answer(question, outcome))
    }

    /// Why the store took no answer when it was offered one last, and whether it was offered one
    /// in this turn: the others wait for theirs without being copied.
    private var tightness: StoreRefusal?
    private var wasTried = false

    /// Why an outcome with an answer is not to be offered now; nil: it is. One without is always,
    /// because it is nothing that would be copied, and finds room where no other does.
    mutating func refusesAnswers() -> StoreRefusal? {
        guard let tightness else { return nil }
        defer { wasTried = true }
        return wasTried ? tightness : nil
    }

    /// What came of an offer; `hasAnswer`: of an outcome with one.
    mutating func note(_ outcome: StoreOutcome, hasAnswer: Bool) {
        guard hasAnswer else { return }
        let isRefused = if case .refused = Settlement(outcome) { true } else { false }
        tightness = if isRefused, case .refused(let refusal) = outcome { refusal } else { nil }
    }

    /// Whether the store rang: to look without that would cost every turn a call.
    var isReadable = false

    /// Whether there is something to take.
    var hasAnswers: Bool { isReadable || !refused.isEmpty }

    /// The end of a turn.
    mutating func flush() {
        wasTried = false
        store?.flush()
    }

    /// Everything that was said since, in order.
    mutating func take() -> [Reply] {
        var replies = refused
        refused.removeAll()
        isReadable = false
        guard let store else { return replies }
        store.take(into: &news)
        for word in news {
            switch word {
            case .event(let event): replies.append(.event(event))
            case .usage(let usage): self.usage = usage
            case .answer(let token, let outcome):
                guard let question = questions.removeValue(forKey: token) else {
                    preconditionFailure("the store answered \(token), which nobody asked")
                }
                replies.append(.answer(question, outcome))
            }
        }
        news.removeAll(keepingCapacity: true)
        return replies
    }

    mutating func note(_ event: StoreEvent) {
        switch event {
        case .opened(let opening):
            state = .open
            trouble = nil
            lastRequest = max(lastRequest, opening.lastRequest ?? lastRequest)
            nextDeadline = .distantPast
        case .unavailable(let trouble):
            state = .broken
            (usage, self.trouble) = (nil, trouble)
            nextDeadline = .distantPast
        case .diskFull(let isFull): isDiskFull = isFull
        case .setAside: break
        }
    }

    // MARK: Time

    /// Deletes outcomes that are kept no longer, or knocks at a store that is broken.
    mutating func serve(at now: Instant) {
        guard store != nil, let due = nextDeadline, due <= now else { return }
        nextDeadline = state == .broken ? now + Self.secondThought : nil
        ask(.expire(at: .now()), for: .expiry)
    }

    /// An outcome was stored, and will expire.
    mutating func noteOutcome(at now: Instant) {
        guard nextDeadline == nil else { return }
        nextDeadline = now + max(settings.resultTTL, Self.leastPause)
    }

    /// How the search for what expired ended.
    mutating func noteExpiry(_ outcome: StoreOutcome, at now: Instant) {
        guard case .expired(_, let hasMore, let oldest) = outcome else {
            nextDeadline = now + Self.secondThought
            return
        }
        guard let oldest else { return nextDeadline = nil }
        let age = WallTime.now().age(of: oldest)
        let left = settings.resultTTL - age
        nextDeadline = hasMore ? now : now + max(left, Self.leastPause)
    }

    /// A configuration that was read again.
    mutating func configure(_ settings: StoreSettings) {
        guard settings != self.settings else { return }
        self.settings = settings
        guard store != nil else { return }
        ask(.configure(settings))
        nextDeadline = .distantPast
    }

    // MARK: The beginning and the end

    /// Requests without an outcome, a page at a time, before anything else is asked; empty: no
    /// more.
    mutating func recover(after last: RequestID?) throws(StoreRefusal) -> [UnfinishedRequest] {
        let outcome = outcome(of: .recover(after: last, upTo: Self.pageBytes))
        switch outcome {
        case .unfinished(let page): return page
        case .refused(let refusal): throw refusal
        default: preconditionFailure("a recovery was answered with \(outcome)")
        }
    }
    private static let pageBytes = StoreLimits.payloadBytes

    /// What was learned about functions, a page at a time, as above.
    mutating func recall(
        after last: String?
    ) throws(StoreRefusal) -> [(function: String, LearnedStatistics)] {
        let outcome = outcome(of: .recall(after: last))
        switch outcome {
        case .learned(let page): return page
        case .refused(let refusal): throw refusal
        default: preconditionFailure("a recall was answered with \(outcome)")
        }
    }

    /// Waits for an answer. What else comes meanwhile is told later.
    private mutating func outcome(of operation: StoreOperation) -> StoreOutcome {
        ask(operation, for: .recovery)
        flush()
        while true {
            var outcome: StoreOutcome?
            for reply in take() {
                switch reply {
                case .answer(.recovery, let answer): outcome = answer
                case .answer, .event: refused.append(reply)
                }
            }
            if let outcome { return outcome }
            store?.wait()
        }
    }

    /// Returns when everything that was asked is done.
    ///
    /// - Returns: how many requests will be there at the next start beyond those that the engine
    ///   counts as live or on their way into the store.
    mutating func close() -> Int {
        guard let store else { return 0 }
        store.close()
        var surplus = 0
        for case .answer(let question, let outcome) in take() {
            switch question {
            // It has ended, but nobody will know.
            case .settlement:
                if case .refused = Settlement(outcome) { surplus += 1 }
            case .acceptance: surplus -= Acceptance(outcome) == .accepted ? 0 : 1
            case .search, .reading, .call, .examination, .payload, .expiry, .recovery, .note: break
            }
        }
        return surplus
    }
}

import SluiceModel

// What the engine and the store say to each other about detached requests. The rules are in
// `Engine+Detached`, `Engine+Listeners` and `Engine+Settling`.

/// By which a request is known for the same when it is sent again.
public struct Origin: Hashable, Sendable {
    public var user: UInt32
    public var session: SessionID
    public var number: RequestNumber

    public init(user: UInt32, session: SessionID, number: RequestNumber) {
        self.user = user
        self.session = session
        self.number = number
    }
}

/// A detached request that is to be stored.
public struct Keepsake: Sendable {
    public var request: RequestID
    /// Nil where no client asked: it repeats another, and is known by its own number alone.
    public var origin: Origin?
    public var user: UInt32
    /// On whose behalf a gateway asked.
    public var caller: String?
    public var function: String
    public var ask: Ask
    /// The request that it repeats.
    public var repeats: RequestID?
}

/// How far a client has come with the partial results of a request that it fetches.
public struct Fetch: Hashable, BitwiseCopyable, Sendable {
    public var request: RequestID
    /// The last attempt that it was told of; 0: none.
    public var attempt: Int
    /// How many chunks of that attempt it has.
    public var chunks: UInt64

    public init(request: RequestID, attempt: Int = 0, chunks: UInt64 = 0) {
        self.request = request
        self.attempt = attempt
        self.chunks = chunks
    }
}

/// What is asked of the store, in order.
public enum StoreTask: Sendable {
    /// Take it in, or say that it is known; `StoreWord.stored` answers.
    indirect case accept(Keepsake)
    /// Say whether a request of this origin is known; `StoreWord.found` answers.
    indirect case find(RequestID, Origin)
    case start(RequestID, attempt: Int)
    case giveBack(RequestID, charged: Int)
    case keep(RequestID, attempt: Int, sequence: UInt64, BodyID)
    /// Keep its outcome; `StoreWord.settled` answers.
    case finish(RequestID, Conclusion)
    /// Send the client what is kept of the request: of one that is live the chunks that went
    /// before, of any other all, up to the outcome. The user is to be the request's, or root.
    indirect case fetch(ClientID, RequestNumber, Fetch, by: UInt32, isLive: Bool)
}

/// What the store has to say.
public enum StoreWord: Sendable {
    /// Whether there is one, from now on.
    case state(StoreState)
    case stored(RequestID, Acceptance)
    /// What was asked for with `find`: the request that is known, if one is.
    case found(RequestID, RequestID?)
    case settled(RequestID, Settlement)
    /// A request without an outcome that an engine before this one had accepted.
    indirect case recovered(Recovered)
}

public enum StoreState: Hashable, Sendable {
    /// The daemon keeps nothing: it was given no directory.
    case absent
    case open
    /// It cannot be used.
    case broken
}

/// What became of a request that was to be stored.
public enum Acceptance: Hashable, Sendable {
    case accepted
    /// It was stored before, under this number.
    case known(RequestID)
    case refused(Code)
}

/// What became of an outcome that was to be stored.
public enum Settlement: Hashable, Sendable {
    case kept
    /// It has one from before: what seemed to fail had not.
    case known
    /// The answer is larger than the store takes.
    case tooLarge
    /// Not now, and why; it is tried again.
    case refused(Code)
}

/// A detached request as it comes back from the store.
public struct Recovered: Sendable {
    public var request: RequestID
    public var user: UInt32
    /// On whose behalf a gateway asked.
    public var caller: String?
    public var function: String
    public var ask: Ask
    /// How long ago it was accepted: its timeouts go on.
    public var age: Duration
    /// How often a worker was given it, as far as the store was told.
    public var attempt: Int
    /// Whether a worker had it when that was told last: it is not given back.
    public var hasBegun: Bool
    public var charged: Int
    public var hasSentChunk: Bool

    public init(
        request: RequestID, user: UInt32, caller: String? = nil, function: String, ask: Ask,
        age: Duration = .zero, attempt: Int = 0, hasBegun: Bool = false, charged: Int = 0,
        hasSentChunk: Bool = false
    ) {
        self.request = request
        self.user = user
        self.caller = caller
        self.function = function
        self.ask = ask
        self.age = age
        self.attempt = attempt
        self.hasBegun = hasBegun
        self.charged = charged
        self.hasSentChunk = hasSentChunk
    }
}

/// One that is to be run once more, as an operator wishes.
public struct Repetition: Sendable {
    public var of: RequestID
    public var user: UInt32
    /// On whose behalf a gateway asked.
    public var caller: String?
    public var function: String
    public var ask: Ask

    public init(
        of: RequestID, user: UInt32, caller: String? = nil, function: String, ask: Ask
    ) {
        self.of = of
        self.user = user
        self.caller = caller
        self.function = function
        self.ask = ask
    }
}

// MARK: What the engine keeps

/// Somebody who is told what becomes of a detached request, under a number of its own.
struct Listener: Hashable {
    let client: ClientID
    let number: RequestNumber
}

/// A detached request while the store takes it in. It has no row yet: it can neither run nor be
/// seen, but it counts as waiting against every bound.
struct Storing {
    let function: Index<Function>
    let user: Index<User>
    var ask: Ask
    let enqueuedAt: Instant
    let origin: Origin?
    let repeats: RequestID?
    /// The call that asked for it; see `Effect.repeated`.
    let token: UInt64?
    var listeners: [Listener] = []
    /// It was cancelled meanwhile.
    var isCancelled = false
}

/// What is kept of a live request because it is detached.
struct Detached {
    let user: Index<User>
    var listeners: [Listener] = []
}

/// A detached request that has ended, while the store takes its outcome in. It has no row any
/// more: it takes no place.
struct Settling {
    let user: Index<User>
    var listeners: [Listener]
    var conclusion: Conclusion
    /// Where the answer came from, to be acknowledged when it is stored.
    let source: AnswerSource?
    let hasSentChunk: Bool
    /// For whoever looks at it while its outcome waits.
    let life: Life
    /// Since when the store does not take it, and why not; nil: it was not asked before.
    var wait: (since: Instant, reason: Code)?
    /// Whether the store has it and has not answered.
    var isOffered = true
    /// Whether the outcome is another than the one that was offered first.
    var isChanged = false
    /// Whether it was cancelled while the store had it.
    var isCancelled = false

    struct Life {
        let function: String
        /// Until it was begun, or ended.
        let waited: Duration
        let bytes: Int
    }
}

/// A detached request that is to be refused, unless the store knows it from before: it was
/// sent again by a client that never learned it was accepted.
struct Doubt {
    let listener: Listener
    let code: Code
    let refusal: Refusal
    /// Whether it is to hear rank and ETA of the one that is known.
    var wantsStatus: Bool
    /// It does not want to be told any more, and its number may be another's.
    var hasLeft = false
}

/// Everything about detached requests that is not in the rows of all.
struct DetachedTable {
    var state = StoreState.absent
    var storing: [RequestID: Storing] = [:]
    var live: [RequestID: Detached] = [:]
    var settling: [RequestID: Settling] = [:]
    var doubts: [RequestID: Doubt] = [:]
    /// Those of this turn that are not handed to the store yet, oldest first.
    var newcomers: [RequestID] = []
    /// Outcomes that the store did not take, and when they are tried again.
    var unsettled: [RequestID] = []
    var retryAt = Instant.distantFuture
}

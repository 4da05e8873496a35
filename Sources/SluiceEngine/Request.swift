import SluiceModel

/// One accepted request, from admission to its outcome.
///
/// waiting ─granted→ granted ─started→ started ─concluded→ (gone)
///    ↑ └──────────────┴────────────────┴─────concluded→ (gone)
///    └─returned───────┴────────────────┘
///
/// There may be a million of these, so what most requests do not have, limits on their time and a
/// client that asks for its rank, is in rows of its own: `Clockwork` and `Watch`.
struct Request {
    enum State: UInt8 {
        /// In its function's line, or in one of its retries.
        case waiting
        /// In a worker's hand, not begun.
        case granted
        case started
    }

    let id: RequestID
    let number: RequestNumber
    let body: BodyID
    let bytes: Int
    let enqueuedAt: Instant
    let client: Index<Client>
    let function: Index<Function>
    /// How often a worker was given it.
    var attempts: UInt32 = 0
    /// Its neighbours in the function's line.
    var previous = Index<Request>.none
    var next = Index<Request>.none
    /// The grant that has it, and where in it.
    var grant = Index<Grant>.none
    var seat: UInt16 = 0
    /// How often its worker died with it alone.
    var charged: UInt16 = 0
    /// What is due when, where something is.
    var clockwork = Index<Clockwork>.none
    /// What its client wants to know, if it ever asked.
    var watch = Index<Watch>.none

    var state = State.waiting
    private var marks: Marks

    init(
        id: RequestID, of client: Index<Client>, _ ask: Ask,
        for function: Index<Function>, at now: Instant
    ) {
        self.id = id
        self.client = client
        self.function = function
        number = ask.number
        body = ask.body
        bytes = ask.bytes
        enqueuedAt = now
        marks = ask.holdsBytes ? .holdsBytes : []
        holdsFile = ask.holdsFile
    }

    /// Where it is in its grant.
    var item: Int { Int(seat) }
    var isWaiting: Bool { state == .waiting }
    /// Bytes of it that count towards `max_bytes`.
    var heldBytes: Int { marks.contains(.holdsBytes) ? bytes : 0 }

    private struct Marks: OptionSet {
        let rawValue: UInt16
        static let isOver = Marks(rawValue: 1)
        static let wasStarted = Marks(rawValue: 2)
        static let hasSentChunk = Marks(rawValue: 4)
        static let isAnnounced = Marks(rawValue: 8)
        static let isRetry = Marks(rawValue: 16)
        static let holdsFile = Marks(rawValue: 32)
        static let holdsBytes = Marks(rawValue: 64)
        static let isDetached = Marks(rawValue: 128)
        static let isOnBehalf = Marks(rawValue: 256)
    }

    /// Whether it has its outcome: the row is free and may soon be another request's.
    var isOver: Bool {
        get { marks.contains(.isOver) }
        set { set(.isOver, newValue) }
    }
    /// Whether a worker ever began with it.
    var wasStarted: Bool {
        get { marks.contains(.wasStarted) }
        set { set(.wasStarted, newValue) }
    }
    /// Whether a partial result of it reached the client.
    var hasSentChunk: Bool {
        get { marks.contains(.hasSentChunk) }
        set { set(.hasSentChunk, newValue) }
    }
    /// Whether its admission was told; not before the turn that took it in has decided.
    var isAnnounced: Bool {
        get { marks.contains(.isAnnounced) }
        set { set(.isAnnounced, newValue) }
    }
    /// Whether it is in one of its function's retries and not in the line.
    var isRetry: Bool {
        get { marks.contains(.isRetry) }
        set { set(.isRetry, newValue) }
    }
    /// Whether it belongs to its user and not to a client: then it has none.
    var isDetached: Bool {
        get { marks.contains(.isDetached) }
        set { set(.isDetached, newValue) }
    }
    /// Whether it counts for the user of its client.
    var belongsToClient: Bool { marks.isDisjoint(with: [.isDetached, .isOnBehalf]) }
    /// Whether a gateway made it for somebody else; see `Engine+Callers`.
    var isOnBehalf: Bool {
        get { marks.contains(.isOnBehalf) }
        set { set(.isOnBehalf, newValue) }
    }
    private(set) var holdsFile: Bool {
        get { marks.contains(.holdsFile) }
        set { set(.holdsFile, newValue) }
    }

    private mutating func set(_ mark: Marks, _ isSet: Bool) {
        if isSet { marks.insert(mark) } else { marks.remove(mark) }
    }
}

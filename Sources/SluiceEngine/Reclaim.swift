import SluiceModel

/// What a client says with a request that an engine before this one had let in.
public struct Claim: Hashable, Sendable {
    /// The number it had, and so its place; 0: one that does not count any more.
    public var request: RequestID
    /// The last attempt that the client was told of; 0: none.
    public var attempt: Int
    /// How many chunks of that attempt it has.
    public var chunks: UInt64

    public init(request: RequestID, attempt: Int = 0, chunks: UInt64 = 0) {
        self.request = request
        self.attempt = attempt
        self.chunks = chunks
    }
}

/// A batch that a worker was given by an engine before this one.
public struct HeldBatch: Hashable, Sendable {
    public struct Item: Hashable, Sendable {
        /// nil: it was answered and acknowledged.
        public var request: RequestID?
        public var attempt: Int

        public init(request: RequestID?, attempt: Int) {
            self.request = request
            self.attempt = attempt
        }
    }

    public var function: String
    /// In the order of their indices.
    public var items: [Item]
    /// Those that it was told to run on.
    public var devices: [String]

    public init(function: String, items: [Item], devices: [String] = []) {
        self.function = function
        self.items = items
        self.devices = devices
    }
}

/// What is known of the engine before this one.
public struct Predecessor: Hashable, Sendable {
    /// What was live when it stopped.
    public struct Left: Hashable, Sendable {
        public var requests: Int
        public var grants: Int

        public init(requests: Int, grants: Int) {
            self.requests = requests
            self.grants = grants
        }
    }

    /// Nil where it could not tell, because it was killed.
    public var left: Left?

    public init(left: Left? = nil) { self.left = left }
}

/// What is gathered after a restart; see `Engine+Reclaim`.
struct Reclaim {
    /// Of one request: what a worker has of it while its client is not back.
    struct Awaited {
        /// None once the worker is gone.
        var grant: Index<Grant>
        let source: AnswerSource
        let function: Index<Function>
        let attempt: Int
        /// What the worker said about it, in order.
        var words: [Word] = []
        var isStarted = false
        var isAnswered = false
    }

    enum Word {
        case started
        case report(ReportKind, BodyID)
        case answer(Answer, BodyID)
    }

    /// Claims that had begun, as their clients were told, and whose worker is not back.
    struct Begun {
        private var held: [RequestID: Int] = [:]
        /// Of their payloads, so far as these do not count as waiting ones.
        private(set) var bytes = 0

        var isEmpty: Bool { held.isEmpty }
        var count: Int { held.count }
        var sorted: [RequestID] { held.keys.sorted() }

        mutating func insert(_ id: RequestID, holding bytes: Int) {
            remove(id)
            held[id] = bytes
            self.bytes += bytes
        }

        /// Whether it was among them.
        @discardableResult
        mutating func remove(_ id: RequestID) -> Bool {
            guard let bytes = held.removeValue(forKey: id) else { return false }
            self.bytes -= bytes
            return true
        }
    }

    /// An item of a grant.
    struct Slot: Hashable {
        let grant: Index<Grant>
        let item: Int
    }

    /// The highest number that an engine before this one may have given.
    var last = RequestID(rawValue: 0)
    /// Whether claims count, and until when.
    var isOpen = false
    var endsAt = Instant.distantPast
    var predecessor = Predecessor()

    /// Numbers that were claimed: each is once.
    var claimed: Set<RequestID> = []
    var begun = Begun()
    var awaited: [RequestID: Awaited] = [:]
    var slots: [Slot: RequestID] = [:]
    /// Grants that did not fit into memory, while some of their items are awaited.
    var unfit: [GrantID] = []
    /// Where the latest claim of each function went: the next one mostly goes near it.
    var hints: [Index<Function>: Arrival] = [:]
    /// Grants taken back so far.
    var held = 0

    /// Open grants of an earlier engine, which are not in the row that their name says.
    var grants: [GrantID: Index<Grant>] = [:]

    /// Ends the gathering. Grants that were taken back stay what they are.
    mutating func close() {
        isOpen = false
        claimed = []
        begun = Begun()
        awaited = [:]
        slots = [:]
        unfit = []
        hints = [:]
    }
}

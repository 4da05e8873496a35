import SluiceModel

/// What the store can be asked for. Reading says how many bytes it may bring, so that answers are
/// bounded where they are asked for.
public enum StoreOperation: Sendable {
    /// Takes in a request. One with the same origin is told instead: it was sent again.
    indirect case accept(NewRequest)
    /// A worker began with it.
    case start(RequestID, attempt: Int)
    /// Its worker is gone: it waits again, in its place.
    case giveBack(RequestID, charged: Int)
    /// Keeps a partial result of an attempt.
    case keep(RequestID, attempt: Int, StoredChunk)
    /// Gives it its one outcome.
    indirect case finish(RequestID, Ending)
    /// Forgets it, whatever its state.
    case delete(RequestID)
    /// Takes in what did not complete once more, as a new request.
    indirect case retry(RequestID, as: Repetition)

    case look(RequestID)
    case find(RequestOrigin)
    /// What it was asked with, and what came of it.
    case payload(RequestID, upTo: Int)
    case result(RequestID, upTo: Int)
    /// Its partial results from this number on.
    case chunks(RequestID, from: UInt64, upTo: Int)
    /// Those behind `after`, by place.
    case list(StoreFilter, after: RequestID?, count: Int)
    /// Those without an outcome behind `after`, by place.
    case recover(after: RequestID?, upTo: Int)

    /// Deletes outcomes that are older than `result_ttl`, a page of them at most.
    case expire(at: WallTime)
    /// Keeps what was learned. Of several about one function only the last is written.
    case learn(String, LearnedStatistics)
    case forget(function: String)
    /// Functions and what was learned, by name.
    case recall(after: String?)
    case configure(StoreSettings)
}

/// Whom a repeated request belongs to, and where it lines up.
public struct Repetition: Sendable {
    public var id: RequestID
    public var origin: RequestOrigin
    public var enqueuedAt: WallTime

    public init(id: RequestID, origin: RequestOrigin, enqueuedAt: WallTime) {
        self.id = id
        self.origin = origin
        self.enqueuedAt = enqueuedAt
    }
}

/// Which requests a list has; nil: whatever they are.
public struct StoreFilter: Hashable, Sendable {
    public var state: StoredState?
    public var function: String?
    public var user: UInt32?
    /// Whether those are left out that have their outcome.
    public var isUnfinished = false

    public init(state: StoredState? = nil, function: String? = nil, user: UInt32? = nil) {
        self.state = state
        self.function = function
        self.user = user
    }
}

extension StoreOperation {
    /// Bytes that it brings.
    var payloadBytes: Int {
        switch self {
        case .accept(let request): request.payload.bytes.count
        case .keep(_, _, let chunk): chunk.payload.bytes.count
        case .finish(_, let ending): ending.result.bytes.count + ending.message.utf8.count
        case .start, .giveBack, .delete, .retry, .look, .find, .payload, .result, .chunks, .list,
            .recover, .expire, .learn, .forget, .recall, .configure:
            0
        }
    }

    /// What it and its answer hold in memory, at most.
    var weight: Int {
        let row = 1024
        switch self {
        case .payload(_, let bytes), .result(_, let bytes), .chunks(_, _, let bytes),
            .recover(_, let bytes):
            return row + max(0, bytes)
        case .list, .recall: return row * StoreLimits.rowsPerPage
        case .accept, .start, .giveBack, .keep, .finish, .delete, .retry, .look, .find, .expire,
            .learn, .forget, .configure:
            return row + payloadBytes
        }
    }

    /// How many sixteenths of what may be on its way it leaves to others.
    var reserve: Int {
        switch self {
        case .payload, .result, .chunks, .list, .recover, .recall, .look: 8
        case .accept, .keep, .retry: 4
        case .finish, .find, .delete, .expire, .learn, .forget, .configure: 0
        // Small, and wrong for ever where it is missing.
        case .start, .giveBack: -4
        }
    }

    /// Whether it brings work that was not promised to anybody yet: what a full disk refuses.
    var isNewWork: Bool {
        switch self {
        case .accept, .keep, .retry: true
        case .start, .giveBack, .finish, .delete, .look, .find, .payload, .result, .chunks, .list,
            .recover, .expire, .learn, .forget, .recall, .configure:
            false
        }
    }
}

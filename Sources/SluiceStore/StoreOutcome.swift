import SluiceModel

/// What became of an operation, told once it is as durable as it will be.
public enum StoreOutcome: Sendable {
    case done
    /// It is stored: the client may be told that it is admitted.
    case accepted
    /// The request with this origin was stored before, under another id perhaps.
    case known(StoredRequest)
    case request(StoredRequest?)
    case bytes(StoredPayload)
    /// In order; as many as there was room for. Empty: no more are kept.
    case chunks([StoredChunk])
    /// Where to go on; nil: there are no more. A page may be short, and others follow it.
    case requests([StoredRequest], next: RequestID?)
    /// In order; empty: there are no more.
    case unfinished([UnfinishedRequest])
    /// Whether more have expired, and when the oldest that is left was finished.
    case expired(count: Int, hasMore: Bool, oldest: WallTime?)
    case learned([(function: String, LearnedStatistics)])
    case refused(StoreRefusal)
}

/// Why the store did not do what it was asked for.
public enum StoreRefusal: Error, Hashable, Sendable {
    /// `max_stored_bytes` is reached.
    case storeFull
    /// The disk has no room.
    case diskFull
    /// Too much is on its way to the disk.
    case backlog
    /// The payload, result or message is larger than `StoreLimits` allows.
    case tooLarge
    /// As many chunks of it are kept as may be.
    case tooManyChunks
    /// What was asked for has so many bytes, more than it may bring.
    case larger(Int)
    case unknownRequest
    /// It has its outcome already.
    case isFinished
    /// It has no outcome yet.
    case isUnfinished
    /// It is about an attempt that is over.
    case isStale
    /// It completed: what it was asked with is no longer kept.
    case payloadGone
    /// The number was given to another request.
    case idTaken
    /// There is no store to be had; `StoreEvent` said why.
    case unavailable
    /// SQLite or the system said no to this and nothing else.
    case failed(String)
}

/// What the store has to say: answers, and what nobody asked for.
public enum StoreNews: Sendable {
    /// With the token that came with the operation.
    case answer(UInt64, StoreOutcome)
    case event(StoreEvent)
    /// What a commit made of it, where that is another than before.
    case usage(StoreUsage)
}

/// What happened to the store itself: for the log.
public enum StoreEvent: Hashable, Sendable {
    case opened(StoreOpening)
    /// The file was damaged and is aside; what was in it is not known any more.
    case setAside(SetAside)
    /// Until further notice every operation is refused.
    case unavailable(StoreTrouble)
    /// New work is refused, or is no longer.
    case diskFull(Bool)
}

public struct StoreOpening: Hashable, Sendable {
    public var path: String
    /// Requests that have no outcome yet.
    public var unfinished: Int
    /// The highest number that was ever stored: numbers go on above it, so that nobody who
    /// fetches an old request by its id is given another's.
    public var lastRequest: RequestID?
}

/// A file that was put where the store does not look.
public struct SetAside: Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var aside: String
    public var reason: String

    public var description: String {
        "\(path) is damaged (\(reason)); it was put aside as \(aside), and a new one begun"
    }
}

/// Why there is no store to be had.
public enum StoreTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    /// Written by a later version. It is left as it is.
    case newer(path: String, version: Int, known: Int)
    /// Another process has it open.
    case inUse(path: String)
    /// So many damaged ones are there that no further is put aside.
    case tooManyDamaged(path: String, count: Int)
    case system(String)

    public var description: String {
        switch self {
        case .newer(let path, let version, let known):
            "\(path) has layout \(version), and this sluiced knows none above \(known); install "
                + "the later sluiced again, or move the file away to begin without it"
        case .inUse(let path): "\(path) is in use by another process; end that sluiced first"
        case .tooManyDamaged(let path, let count):
            "\(path) is damaged, and \(count) damaged ones lie beside it; look at the disk, then "
                + "move them away"
        case .system(let text): text
        }
    }
}

import GRDB
import SluiceModel

/// The operations as what they do to the tables, inside a transaction. Throws a `StoreRefusal`
/// before anything was changed; whatever else is thrown takes the transaction with it.
struct Ledger {
    let db: Database
    var room: Room
    let settings: StoreSettings
    /// Whether the disk is full: then no new work is taken in.
    let isFull: Bool
    /// Requests that came, less those that went.
    var added = 0

    mutating func perform(_ operation: StoreOperation) throws -> StoreOutcome {
        switch operation {
        case .accept(let request): return try accept(request)
        case .start(let id, let attempt): return try start(id, attempt)
        case .giveBack(let id, let charged): return try giveBack(id, charged)
        case .keep(let id, let attempt, let chunk): return try keep(id, attempt, chunk)
        case .finish(let id, let ending): return try finish(id, ending)
        case .delete(let id): return try delete(id)
        case .retry(let id, let repetition): return try retry(id, as: repetition)
        case .look(let id): return .request(try request(id))
        case .find(let origin): return .request(try request(from: origin))
        case .payload(let id, let most): return try payload(of: id, upTo: most)
        case .result(let id, let most): return try result(of: id, upTo: most)
        case .chunks(let id, let first, let most):
            return try chunks(of: id, from: first, upTo: most)
        case .list(let filter, let after, let count): return try list(filter, after, count)
        case .recover(let after, let most): return try recover(after, upTo: most)
        case .expire(let now): return try expire(at: now)
        case .learn(let function, let statistics): return try learn(function, statistics)
        case .forget(let function): return try forget(function)
        case .recall(let after): return try recall(after: after)
        // Takes effect between transactions.
        case .configure: return .done
        }
    }

    /// Runs a statement that yields nothing; how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
        return db.changesCount
    }

    /// The first row of what a statement yields.
    func first(_ sql: String, _ arguments: StatementArguments) throws -> Cells? {
        try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments).map(Cells.init)
    }

    /// Refuses new work while the disk is full, and what has no room.
    mutating func claim(_ bytes: Int, for purpose: Room.Purpose) throws {
        if isFull, purpose == .newWork { throw StoreRefusal.diskFull }
        guard room.claim(bytes, for: purpose) else { throw StoreRefusal.storeFull }
    }
}

/// What decides whether something may be done to a request.
struct Standing {
    let state: StoredState
    let attempts: Int
    let chunks: Int
    let chunkBytes: Int
    let payloadBytes: Int
    let code: String?
}

extension Ledger {
    func standing(of id: RequestID) throws -> Standing {
        let sql = """
            SELECT state, attempts, chunks, chunk_bytes, payload_bytes, code
            FROM request WHERE id = ?
            """
        guard var cells = try first(sql, [id.row]) else { throw StoreRefusal.unknownRequest }
        return Standing(
            state: try cells.state(), attempts: try cells.count(), chunks: try cells.count(),
            chunkBytes: try cells.count(), payloadBytes: try cells.count(),
            code: try cells.textIfAny())
    }

    /// The standing of a request that has no outcome yet.
    func unfinished(_ id: RequestID) throws -> Standing {
        let standing = try standing(of: id)
        guard standing.state != .finished else { throw StoreRefusal.isFinished }
        return standing
    }
}

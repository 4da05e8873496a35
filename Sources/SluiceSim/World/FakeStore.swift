import SluiceEngine
import SluiceModel

/// The disk, made up: what it is asked it does in order and after a while, and what is done stays
/// done, whatever becomes of the daemon. What is still in line then never was.
struct FakeStore {
    /// A request as it is kept.
    struct Row {
        let id: RequestID
        let user: UInt32
        var caller: String?
        let function: String
        let ask: Ask
        let storedAt: Instant
        var attempt = 0
        /// Whether that is not given back.
        var hasBegun = false
        var charged = 0
        /// Chunks of that attempt.
        var chunks: [UInt64] = []
        /// Whether some were not kept for want of room.
        var hasLostChunks = false
        var code: Code?
    }

    /// What is on the disk, oldest first: the order of a dictionary would be chance.
    private(set) var ids: [RequestID] = []
    private(set) var rows: [RequestID: Row] = [:]
    private var origins: [Origin: RequestID] = [:]
    /// What it was asked and has not done.
    private(set) var line: [(task: StoreTask, askedAt: Instant)] = []
    /// When the last of it will be done: nothing overtakes.
    var doneBy = Instant.distantPast
    var state = StoreState.absent
    /// Until when the disk has no room.
    var fullUntil = Instant.distantPast
    /// Requests whose outcome it did not take when it was offered last, as far as it said.
    private(set) var refused: [RequestID] = []
    /// What must not be and was.
    private var stories: [String] = []

    mutating func takeStories() -> [String] {
        defer { stories = [] }
        return stories
    }

    mutating func ask(_ task: StoreTask, at now: Instant) { line.append((task, now)) }

    mutating func next() -> (task: StoreTask, askedAt: Instant)? {
        line.isEmpty ? nil : line.removeFirst()
    }

    /// Says what became of an outcome.
    mutating func answer(_ id: RequestID, _ settlement: Settlement) -> StoreWord {
        refused.removeAll { $0 == id }
        if case .refused = settlement { refused.append(id) }
        return .settled(id, settlement)
    }

    /// The daemon was killed.
    mutating func loseLine() {
        line = []
        refused = []
        doneBy = .distantPast
    }

    func known(_ origin: Origin?) -> RequestID? { origin.flatMap { origins[$0] } }

    mutating func accept(_ row: Row, from origin: Origin?) -> Acceptance {
        if let known = known(origin) { return known == row.id ? .accepted : .known(known) }
        if rows[row.id] != nil {
            stories.append("\(row.id) is kept already, and is another's")
            return .refused(.storeFailed)
        }
        ids.append(row.id)
        rows[row.id] = row
        if let origin { origins[origin] = row.id }
        return .accepted
    }

    /// The row of a request that has no outcome yet, as it must be for what is asked.
    private mutating func unfinished(_ id: RequestID, _ what: String) -> Row? {
        guard let row = rows[id], row.code == nil else {
            stories.append(
                "the store is told of \(what) of \(id), which it does not have or is over")
            return nil
        }
        return row
    }

    mutating func start(_ id: RequestID, _ attempt: Int) {
        guard var row = unfinished(id, "attempt \(attempt)") else { return }
        if attempt < row.attempt { stories.append("\(id) begins with an attempt before its last") }
        if attempt > row.attempt { row.chunks = [] }
        row.attempt = max(row.attempt, attempt)
        row.hasBegun = true
        rows[id] = row
    }

    mutating func giveBack(_ id: RequestID, _ charged: Int) {
        guard unfinished(id, "the end of an attempt") != nil else { return }
        rows[id]?.charged = charged
        rows[id]?.hasBegun = false
    }

    mutating func keep(_ id: RequestID, _ attempt: Int, _ sequence: UInt64, hasRoom: Bool) {
        guard let row = unfinished(id, "a chunk") else { return }
        guard hasRoom, row.attempt == attempt else {
            rows[id]?.hasLostChunks = true
            return
        }
        if !row.chunks.contains(sequence) { rows[id]?.chunks.append(sequence) }
    }

    /// Whether it is the first outcome of it, or the same once more.
    mutating func finish(_ id: RequestID, _ code: Code) {
        guard let row = rows[id] else {
            return stories.append("\(id) has an outcome and was never stored")
        }
        if let known = row.code, known != code {
            stories.append("\(id) was kept as \(known) and is \(code)")
        }
        rows[id]?.code = code
    }

    /// The attempt and the chunks of it that a reader will find once all is done that is in line.
    func chunks(of id: RequestID) -> (attempt: Int, chunks: [UInt64], isWhole: Bool)? {
        guard let row = rows[id] else { return nil }
        var (attempt, chunks, isWhole) = (row.attempt, row.chunks, !row.hasLostChunks)
        for (task, _) in line {
            switch task {
            case .start(id, let begun) where begun > attempt: (attempt, chunks) = (begun, [])
            case .keep(id, let of, let sequence, _):
                if of == attempt { chunks.append(sequence) } else { isWhole = false }
            default: break
            }
        }
        return (attempt, chunks, isWhole)
    }

    /// What has no outcome, in order.
    var unfinished: [Row] { ids.sorted().compactMap { rows[$0] }.filter { $0.code == nil } }
}

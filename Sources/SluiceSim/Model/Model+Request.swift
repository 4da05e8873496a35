import SluiceEngine
import SluiceModel

extension Model {
    struct Request {
        let id: RequestID
        let key: Key
        let account: Account
        let body: BodyID
        let heldBytes: Int
        let function: Int
        let admittedAt: Instant
        /// Until when it must have been started; nil once it was.
        var queueDue: Instant?
        let deadline: Instant?
        let execTimeout: Duration?
        var execDue: Instant?

        /// The grant that has it, and where in it; nil while it waits.
        var hand: (grant: GrantID, item: Int)?
        /// How often a worker was given it.
        var given = 0
        /// How often its worker died with it alone.
        var charged = 0
        /// Whether a partial result reached the client.
        var hasSentChunk = false
        /// Largest batch it may be part of, after a batch it was in did not end well.
        var company = Int.max
        /// The lost grant that made a suspect of it: it runs with none but others of the same,
        /// and with nothing else in the process.
        var suspectOf: GrantID?

        var wantsStatus = false
        /// Whether it belongs to its user and not to a client.
        var isDetached = false
        /// Who is told of it, where it does.
        var listeners: [Key] = []
        var told: [Key] { isDetached ? listeners : [key] }
        var isWaiting: Bool { hand == nil }
    }

    struct Function {
        let name: String
        var configured: FunctionSettings?
        var declared: FunctionSettings?
        var batchSizeOverride: Int?
        var batchDelayOverride: Duration?
        var hold = Hold.running
        var queue = 0
        /// Waiting requests that are no suspects, oldest first.
        var line: [RequestID] = []
        /// Waiting requests that are, oldest first.
        var suspects: [RequestID] = []
        /// Whether the engine may have learned that its batches must be smaller.
        var mayHaveCeiling = false
        /// A batch that lately did not fit, and how many were granted since.
        var tooLarge: (size: Int, since: Int)?
        /// Workers that died with it in hand since a success: at least, and at most, so many. A
        /// death with nothing begun, and an answer that is no success, count either way.
        var deathsAtLeast = 0
        var deathsAtMost = 0
        /// The same as `tooLarge`, on a device.
        var tooLargeOn: [String: (size: Int, since: Int)] = [:]
        /// Bytes that a worker was seen to have at rest, and for each request beside that.
        var learnedMemory: Int?
        var learnedMemoryPerItem: Int?

        var waiting: Int { line.count + suspects.count }
    }

    func functionIndex(_ name: String) -> Int? { functions.firstIndex { $0.name == name } }

    func queueIndex(_ name: String) -> Int? { queues.firstIndex { $0.name == name } }

    func workerIndex(_ id: WorkerID) -> Int? { workers.firstIndex { $0.id == id } }

    // MARK: Waiting

    mutating func enterLine(_ id: RequestID) {
        guard let request = requests[id] else { return }
        if request.suspectOf == nil {
            functions[request.function].line.insertSorted(id)
        } else {
            functions[request.function].suspects.insertSorted(id)
        }
    }

    mutating func leaveLine(_ id: RequestID) {
        guard let request = requests[id] else { return }
        functions[request.function].line.removeSorted(id)
        functions[request.function].suspects.removeSorted(id)
    }

    /// Waiting requests of the queue: all, or those before one of them.
    func waiting(in queue: Int, before id: RequestID? = nil) -> Int {
        var count = 0
        for function in functions where function.queue == queue {
            guard let id else {
                count += function.waiting
                continue
            }
            count += function.line.sortedPosition(of: id)
            count += function.suspects.sortedPosition(of: id)
        }
        return count
    }

    var waiting: Int { functions.reduce(0) { $0 + $1.waiting } }

    var running: Int { grants.count }
}

extension [RequestID] {
    /// Where it is, or where it would have to be put, in an array in order.
    func sortedPosition(of id: RequestID) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].rawValue < id.rawValue { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insertSorted(_ id: RequestID) {
        let position = sortedPosition(of: id)
        if position < count, self[position] == id { return }
        insert(id, at: position)
    }

    mutating func removeSorted(_ id: RequestID) {
        let position = sortedPosition(of: id)
        guard position < count, self[position] == id else { return }
        remove(at: position)
    }
}

import SluiceModel
import SluiceWire

// What RESTARTS in sluice-protocol(7) asks of a worker, without a socket:
//
//   Work goes on while there is no daemon. On a new connection the worker says which grants it has
//   in hand, and again everything it said of their items; then it goes on with the old ids.
//
//     ITEM --> STARTED --> CHUNK* --> answer --> ACK --> (forgotten)

/// The grants that a worker has in hand, over all connections: each from its last ITEM to its last
/// ACK, with what was said of it.
struct HeldGrants {
    /// Bytes of chunks that are kept of one item, the latest. Of a longer stream that was not heard
    /// the beginning is lost, and its client sees that.
    static let chunkBytes = 16 << 20
    /// What an empty one counts.
    static let bytesPerChunk = 64

    /// The last word on an item.
    enum Answer: Hashable {
        case result(Content)
        case failed(Failure.Reason, message: String, Content)
        /// Said of the whole grant.
        case outOfMemory(message: String)
    }

    struct Item: Hashable {
        var request: RequestID
        var attempt: Int
        var isStarted = false
        fileprivate(set) var chunks: [Chunk] = []
        fileprivate var keptBytes = 0
        var answer: Answer?
        var isAcknowledged = false
        /// Whether its client has more to read than it does, and whether nobody waits for it.
        fileprivate(set) var isPaused = false
        fileprivate(set) var isRevoked = false

        struct Chunk: Hashable {
            var sequence: UInt64
            var content: Content
        }
    }

    struct Held: Hashable {
        var id: GrantID
        /// The daemon that gave it.
        var instance: UniqueID
        var function: String
        var items: [Item]
        /// Those that it was to run on.
        var devices: [String]
    }

    private var grants: [GrantID: Held] = [:]

    var count: Int { grants.count }

    /// As they came.
    var inOrder: [Held] { grants.values.sorted { $0.id.rawValue < $1.id.rawValue } }

    // MARK: What the daemon says

    mutating func take(_ grant: WorkerConnection.Grant, from instance: UniqueID) {
        let items = grant.items.map { Item(request: $0.request, attempt: $0.attempt) }
        grants[grant.id] = Held(
            id: grant.id, instance: instance, function: grant.function, items: items,
            devices: grant.devices)
    }

    /// - Parameter item: nil: all.
    mutating func acknowledge(_ grant: GrantID, item: Int?) {
        change(grant, item) { item in
            item.isAcknowledged = true
            item.dropChunks()
            item.answer = nil
        }
        guard grants[grant]?.items.allSatisfy(\.isAcknowledged) ?? false else { return }
        grants[grant] = nil
    }

    mutating func pause(_ grant: GrantID, item: Int, _ isPaused: Bool) {
        change(grant, item) { $0.isPaused = isPaused }
    }

    /// - Parameter item: nil: all.
    mutating func revoke(_ grant: GrantID, item: Int?) {
        change(grant, item) { $0.isRevoked = true }
    }

    /// The connection is gone, and with it what was asked on it. What was paused will be again.
    mutating func resumeAll() {
        for grant in grants.keys {
            change(grant, nil) { $0.isPaused = false }
        }
    }

    /// Whether more is to be said of an item only later.
    func isPaused(_ grant: GrantID, item: Int) -> Bool {
        guard let items = grants[grant]?.items, items.indices.contains(item) else { return false }
        return items[item].isPaused && !items[item].isRevoked && !items[item].isAcknowledged
    }

    // MARK: What the worker says

    mutating func start(_ grant: GrantID, item: Int?) {
        change(grant, item) { $0.isStarted = true }
    }

    mutating func add(_ content: Content, as sequence: UInt64, to grant: GrantID, _ item: Int) {
        change(grant, item) { $0.keep(Item.Chunk(sequence: sequence, content: content)) }
    }

    /// The first answer counts.
    mutating func answer(_ grant: GrantID, item: Int?, _ answer: Answer) {
        change(grant, item) { item in
            if item.answer == nil { item.answer = answer }
        }
    }

    private mutating func change(
        _ grant: GrantID, _ index: Int?, _ change: (inout Item) -> Void
    ) {
        guard var held = grants.removeValue(forKey: grant) else { return }
        defer { grants[grant] = held }
        for index in index.map({ $0..<$0 + 1 }) ?? held.items.indices
        where held.items.indices.contains(index) && !held.items[index].isAcknowledged {
            change(&held.items[index])
        }
    }
}

extension HeldGrants.Item {
    fileprivate mutating func keep(_ chunk: Chunk) {
        chunks.append(chunk)
        keptBytes += chunk.size
        guard keptBytes > HeldGrants.chunkBytes else { return }
        // A quarter at a time, so that a long stream does not move what is kept with each chunk.
        // The latest stays in any case, or nobody could see that one is missing.
        var count = 0
        while keptBytes > HeldGrants.chunkBytes / 4 * 3, count < chunks.count - 1 {
            keptBytes -= chunks[count].size
            count += 1
        }
        chunks.removeFirst(count)
    }

    fileprivate mutating func dropChunks() { (chunks, keptBytes) = ([], 0) }
}

extension HeldGrants.Item.Chunk {
    fileprivate var size: Int { content.bytes.count + HeldGrants.bytesPerChunk }
}

extension HeldGrants.Held {
    /// The first word on it to another daemon.
    var holding: Holding {
        Holding(
            instance: instance, function: function,
            items: items.map { item in
                Holding.Item(
                    request: item.isAcknowledged ? RequestID(rawValue: 0) : item.request,
                    attempt: item.attempt)
            },
            devices: devices)
    }
}

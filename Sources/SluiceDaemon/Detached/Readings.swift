import SluiceEngine
import SluiceModel
import SluiceStore

/// What is being read out of the store for clients: the chunks that a listener missed, and all
/// that is left of a request that has ended.
///
/// A request that still lives goes on meanwhile. What it says is left out until the reading has
/// caught up, because the store has it too: a page that is empty, with nothing left out since it
/// was asked for, is the end of the past.
struct Readings {
    struct Key: Hashable {
        let client: ClientID
        let number: RequestNumber
    }

    struct Reading {
        /// Tells it from another under the same number, whose answers are still on their way.
        let serial: UInt64
        let fetch: SluiceEngine.Fetch
        let user: UInt32
        /// Whether the request goes on beside it; false, too, once it ended meanwhile.
        var isLive: Bool
        /// Whether it did when the reading began: then the client was told that it is in.
        let wasLive: Bool
        /// The next chunk to be sent.
        var next: UInt64
        /// Whether a chunk was left out since the last page was asked for.
        var hasMissed = false
        /// Whether it waits for its client to read what it was sent.
        var isParked = false
        /// What is known of one that has ended.
        var request: StoredRequest?
    }

    /// Readings of one client at a time.
    static let perClient = 256
    /// Bytes of one page of chunks.
    static let pageBytes = 256 << 10

    private(set) var byKey: [Key: Reading] = [:]
    private var counts: [ClientID: Int] = [:]
    private var lastSerial: UInt64 = 0
    /// What is to be asked of the store.
    private var wanted: [(StoreOperation, Archive.Question)] = []

    var isEmpty: Bool { byKey.isEmpty }

    subscript(key: Key) -> Reading? { byKey[key] }

    /// Begins to read; false: the client has as many as it may.
    mutating func begin(_ key: Key, _ fetch: SluiceEngine.Fetch, by user: UInt32, isLive: Bool)
        -> Bool
    {
        guard counts[key.client, default: 0] < Self.perClient else { return false }
        end(key)
        lastSerial += 1
        counts[key.client, default: 0] += 1
        byKey[key] = Reading(
            serial: lastSerial, fetch: fetch, user: user, isLive: isLive, wasLive: isLive,
            next: fetch.chunks)
        if isLive { wantChunks(for: key) } else { want(.look(fetch.request), for: key) }
        return true
    }

    mutating func change(_ key: Key, _ change: (inout Reading) -> Void) {
        guard var reading = byKey[key] else { return }
        change(&reading)
        byKey[key] = reading
    }

    mutating func end(_ key: Key) {
        guard byKey.removeValue(forKey: key) != nil else { return }
        counts[key.client, default: 1] -= 1
        if counts[key.client] == 0 { counts[key.client] = nil }
    }

    /// The client is gone.
    mutating func end(all client: ClientID) {
        guard counts[client] != nil else { return }
        for key in byKey.keys where key.client == client { end(key) }
    }

    mutating func wantChunks(for key: Key) {
        guard let reading = byKey[key] else { return }
        change(key) { $0.hasMissed = false }
        want(
            .chunks(reading.fetch.request, from: reading.next, upTo: Self.pageBytes),
            for: key)
    }

    mutating func want(_ operation: StoreOperation, for key: Key) {
        guard let reading = byKey[key] else { return }
        wanted.append((operation, .reading(key, serial: reading.serial)))
    }

    /// Those of a client that wait for it to read.
    func parked(_ client: ClientID) -> [Key] {
        guard counts[client] != nil else { return [] }
        return byKey.filter { $0.key.client == client && $0.value.isParked }.map(\.key)
    }

    /// Whether the store is to be asked for something.
    var isWaiting: Bool { !wanted.isEmpty }

    mutating func takeWanted() -> [(StoreOperation, Archive.Question)] {
        guard !wanted.isEmpty else { return [] }
        defer { wanted.removeAll() }
        return wanted
    }
}

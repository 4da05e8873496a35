import DequeModule
import SluiceEngine
import SluiceModel
import SluiceStore

/// What is being read out of the store for clients: the chunks that a listener missed, and all
/// that is left of a request that has ended.
///
/// A request that still lives goes on meanwhile. What it says is left out until the reading has
/// caught up, because the store has it too: a page that is empty, with nothing left out since it
/// was asked for, is the end of the past.
///
/// A client may fetch as many as it may have live, but only some are read at a time; the others
/// wait for those to end.
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
        /// Whether it waits for others of its client to end.
        var isQueued = false
        /// What was asked of the store last.
        var asked: StoreOperation?
        /// Whether it is to answer.
        var awaitsAnswer = false
        /// What is known of one that has ended.
        var request: StoredRequest?

        var nextPage: StoreOperation {
            .chunks(fetch.request, from: next, upTo: Readings.pageBytes)
        }
    }

    /// The readings of one client.
    private struct Share {
        /// All of them.
        var keys: Set<Key> = []
        /// Those that are not queued, and those that were left and wait for an answer.
        var active = 0
        /// Those that are, oldest first; some may have ended meanwhile.
        var queue: Deque<Key> = []
        /// Those that wait for the client to read what it was sent.
        var parked: Set<Key> = []
    }

    /// What is read for one client at a time.
    static let perClient = 16
    /// Bytes of one page of chunks.
    static let pageBytes = 256 << 10

    private(set) var byKey: [Key: Reading] = [:]
    private var shares: [ClientID: Share] = [:]
    private var lastSerial: UInt64 = 0
    /// Those that were left while the store was to answer. Until it has, they keep their place:
    /// else who fetches and leaves would ask more of the store than it may at a time.
    private var left: [UInt64: ClientID] = [:]
    /// What is to be asked of the store.
    private var wanted: [(StoreOperation, Archive.Question)] = []
    /// Those that the store had no room for.
    private var postponed: [(key: Key, serial: UInt64)] = []

    var isEmpty: Bool { byKey.isEmpty }

    subscript(key: Key) -> Reading? { byKey[key] }

    /// Begins to read; false: the client has as many as it may.
    mutating func begin(_ key: Key, _ fetch: SluiceEngine.Fetch, by user: UInt32, isLive: Bool)
        -> Bool
    {
        end(key)
        var share = shares[key.client, default: Share()]
        // A number that is used again and again leaves its places in the queue behind.
        guard max(share.keys.count, share.queue.count) < Limits.requestsPerClient else {
            return false
        }
        lastSerial += 1
        var reading = Reading(
            serial: lastSerial, fetch: fetch, user: user, isLive: isLive, wasLive: isLive,
            next: fetch.chunks)
        share.keys.insert(key)
        reading.isQueued = share.active == Self.perClient
        if reading.isQueued { share.queue.append(key) } else { share.active += 1 }
        shares[key.client] = share
        byKey[key] = reading
        if !reading.isQueued { wantFirst(for: key) }
        return true
    }

    private mutating func wantFirst(for key: Key) {
        guard let reading = byKey[key] else { return }
        if reading.wasLive {
            wantChunks(for: key)
        } else {
            want(.look(reading.fetch.request), for: key)
        }
    }

    mutating func change(_ key: Key, _ change: (inout Reading) -> Void) {
        guard var reading = byKey[key] else { return }
        change(&reading)
        byKey[key] = reading
    }

    mutating func end(_ key: Key) {
        guard let reading = byKey.removeValue(forKey: key), var share = shares[key.client] else {
            return
        }
        share.keys.remove(key)
        share.parked.remove(key)
        shares[key.client] = share
        if !reading.isQueued { freePlace(of: key.client) }
        forgetIfIdle(key.client)
    }

    /// The client wants to hear no more of it; false: nothing was read to it under that number.
    mutating func leave(_ key: Key) -> Bool {
        guard let reading = byKey[key] else { return false }
        guard reading.awaitsAnswer else {
            end(key)
            return true
        }
        byKey[key] = nil
        shares[key.client]?.keys.remove(key)
        left[reading.serial] = key.client
        return true
    }

    /// The store has answered: the reading that it answers, if it goes on.
    mutating func answered(_ key: Key, serial: UInt64) -> Reading? {
        if let client = left.removeValue(forKey: serial) {
            freePlace(of: client)
            forgetIfIdle(client)
            return nil
        }
        guard byKey[key]?.serial == serial else { return nil }
        change(key) { $0.awaitsAnswer = false }
        return byKey[key]
    }

    private mutating func freePlace(of client: ClientID) {
        guard var share = shares[client] else { return }
        share.active -= 1
        let next = takeQueued(&share)
        shares[client] = share
        if let next { wantFirst(for: next) }
    }

    private mutating func forgetIfIdle(_ client: ClientID) {
        guard let share = shares[client], share.keys.isEmpty, share.active == 0 else { return }
        shares[client] = nil
    }

    /// The next that may be read, if one waits.
    private mutating func takeQueued(_ share: inout Share) -> Key? {
        while let key = share.queue.popFirst() {
            guard byKey[key]?.isQueued == true else { continue }
            share.active += 1
            change(key) { $0.isQueued = false }
            return key
        }
        return nil
    }

    /// The client is gone.
    mutating func end(all client: ClientID) {
        guard let share = shares.removeValue(forKey: client) else { return }
        for key in share.keys { byKey[key] = nil }
    }

    mutating func wantChunks(for key: Key) {
        guard let reading = byKey[key] else { return }
        change(key) { $0.hasMissed = false }
        want(reading.nextPage, for: key)
    }

    mutating func want(_ operation: StoreOperation, for key: Key) {
        guard let reading = byKey[key] else { return }
        change(key) {
            $0.asked = operation
            $0.awaitsAnswer = true
        }
        wanted.append((operation, .reading(key, serial: reading.serial)))
    }

    /// Goes no further before its client has read what it was sent.
    mutating func park(_ key: Key, before operation: StoreOperation) {
        change(key) { $0.asked = operation }
        shares[key.client]?.parked.insert(key)
    }

    /// Goes on with those of a client that were parked.
    mutating func resume(_ client: ClientID) {
        guard let parked = shares[client]?.parked, !parked.isEmpty else { return }
        shares[client]?.parked = []
        for key in parked { wantAgain(key) }
    }

    /// Asks again when the store has answered something: it has too much on its way.
    mutating func postpone(_ key: Key) {
        guard let reading = byKey[key] else { return }
        postponed.append((key, reading.serial))
    }

    mutating func resumePostponed() {
        guard !postponed.isEmpty else { return }
        let again = postponed
        postponed.removeAll()
        for (key, serial) in again where byKey[key]?.serial == serial { wantAgain(key) }
    }

    private mutating func wantAgain(_ key: Key) {
        guard let operation = byKey[key]?.asked else { return }
        change(key) { $0.hasMissed = false }
        want(operation, for: key)
    }

    /// Whether the store is to be asked for something.
    var isWaiting: Bool { !wanted.isEmpty }

    mutating func takeWanted() -> [(StoreOperation, Archive.Question)] {
        guard !wanted.isEmpty else { return [] }
        defer { wanted.removeAll() }
        return wanted
    }
}

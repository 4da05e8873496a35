import GRDB
import SluiceModel
import SluiceSystem

/// The store's own side: the one owner of the connection.
final class StoreThread {
    private let orders: Mailbox<StoreOrder>
    private let deliveries: Mailbox<[StoreDelivery]>
    let file: StoreFile
    let ballast: Ballast
    var settings: StoreSettings
    /// Nil while there is none to be had.
    var queue: DatabaseQueue?
    /// What was said last of its absence, so that it is said once.
    var trouble: StoreTrouble?
    /// While the disk is full: until when nobody looks whether it still is.
    var fullUntil: Instant?
    /// What is stored; nil: it has to be counted.
    var usage: StoreUsage?
    private var toldUsage: StoreUsage?

    init(
        _ file: StoreFile, _ settings: StoreSettings, _ orders: Mailbox<StoreOrder>,
        _ deliveries: Mailbox<[StoreDelivery]>
    ) {
        self.file = file
        self.settings = settings
        self.orders = orders
        self.deliveries = deliveries
        ballast = Ballast(path: "\(file.path).ballast", bytes: file.probes.ballastBytes)
    }

    /// Until it is told to stop.
    func serve() {
        openIfNeeded()
        var taken: [StoreOrder] = []
        while true {
            orders.wait()
            orders.drain(into: &taken)
            guard run(taken) else { break }
            // Before the next wait, which may be long: files would be open for so long.
            taken.removeAll(keepingCapacity: true)
        }
        shut()
    }

    /// Runs turns in as few transactions as their bounds allow; false: it was told to stop.
    private func run(_ taken: [StoreOrder]) -> Bool {
        var group: [StoreEntry] = []
        var bytes = 0
        for order in taken {
            guard case .turn(let turn) = order else {
                commit(group)
                return false
            }
            group.append(contentsOf: turn)
            bytes += turn.reduce(0) { $0 + $1.weight }
            guard group.count >= StoreLimits.groupOperations || bytes >= StoreLimits.groupBytes
            else { continue }
            commit(group)
            group.removeAll(keepingCapacity: true)
            bytes = 0
        }
        commit(group)
        return true
    }

    private func commit(_ group: [StoreEntry]) {
        guard !group.isEmpty else { return }
        let outcomes = perform(group.map(\.operation))
        let answers = zip(group, outcomes).map { entry, outcome in
            StoreDelivery(news: .answer(entry.token, outcome), weight: entry.weight)
        }
        deliveries.post(answers + newUsage())
    }

    private func newUsage() -> [StoreDelivery] {
        guard let usage, usage != toldUsage else { return [] }
        toldUsage = usage
        return [StoreDelivery(news: .usage(usage), weight: nil)]
    }

    func say(_ event: StoreEvent) {
        deliveries.post([StoreDelivery(news: .event(event), weight: nil)])
    }

    /// Opens the store if it is not; one that was not to be had may be now.
    func openIfNeeded() {
        guard queue == nil else { return }
        do throws(StoreTrouble) {
            let opened = try file.open(settings) { say(.setAside($0)) }
            let opening = try describe(opened)
            queue = opened
            trouble = nil
            say(.opened(opening))
            deliveries.post(newUsage())
            // While the disk was full it was given up, and is again to be had when that is over.
            if fullUntil == nil, !ballast.take() { note(isFull: true) }
        } catch {
            guard trouble != error else { return }
            trouble = error
            say(.unavailable(error))
        }
    }

    private func describe(_ queue: DatabaseQueue) throws(StoreTrouble) -> StoreOpening {
        do {
            return try queue.writeWithoutTransaction { db in
                let unfinished = try db.number("SELECT count(*) FROM request WHERE state < 2")
                usage = try measure(db)
                let last = try Int64.fetchOne(
                    db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'request'")
                return StoreOpening(
                    path: file.path, unfinished: unfinished,
                    lastRequest: last.map { RequestID(row: $0) })
            }
        } catch {
            throw .system("\(file.path): \(error)")
        }
    }

    func shut() {
        // What the log has and the file does not yet is carried over at the next start.
        _ = try? queue?.close()
        queue = nil
        (usage, toldUsage) = (nil, nil)
    }
}

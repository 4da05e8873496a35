import GRDB
import SluiceModel
import SluiceSystem

extension StoreThread {
    /// From one look at a full disk to the next.
    private static let pause = Duration.seconds(5)

    /// Runs operations in one transaction if that is possible, and otherwise as well as it is.
    func perform(_ operations: [StoreOperation]) -> [StoreOutcome] {
        lookForRoom()
        do throws(StoreFailure) {
            return try transaction(operations)
        } catch {
            switch error {
            case .damaged(let reason): return startAnew(operations, reason)
            case .full:
                if !isAtBound(operations) { note(isFull: true) }
                return again(operations)
            case .disk, .other, .trouble: return again(operations)
            }
        }
    }

    /// The transaction again, and if that fails, too, each operation for itself: so that one that
    /// cannot be done is refused alone.
    private func again(_ operations: [StoreOperation]) -> [StoreOutcome] {
        do throws(StoreFailure) {
            return try transaction(operations)
        } catch {
            guard operations.count > 1 else { return [.refused(refusal(error, operations))] }
        }
        return operations.map { operation in
            do throws(StoreFailure) {
                return try transaction([operation])[0]
            } catch {
                return .refused(refusal(error, [operation]))
            }
        }
    }

    private func refusal(
        _ failure: StoreFailure, _ operations: [StoreOperation]
    ) -> StoreRefusal {
        switch failure {
        case .full: isAtBound(operations) ? .storeFull : .diskFull
        case .damaged(let text), .disk(let text), .other(let text): .failed(text)
        case .trouble: .unavailable
        }
    }

    /// Puts the damaged file aside and tries with a new one: new work has a place again, and what
    /// was in the old one is unknown.
    private func startAnew(_ operations: [StoreOperation], _ reason: String) -> [StoreOutcome] {
        shut()
        do throws(StoreTrouble) {
            say(.setAside(try file.setAside(reason: reason)))
        } catch {
            trouble = error
            say(.unavailable(error))
            return operations.map { _ in .refused(.unavailable) }
        }
        return again(operations)
    }

    private func transaction(
        _ operations: [StoreOperation]
    ) throws(StoreFailure) -> [StoreOutcome] {
        openIfNeeded()
        guard let queue else { return operations.map { _ in .refused(.unavailable) } }
        do {
            let outcomes = try queue.writeWithoutTransaction { db in
                var outcomes: [StoreOutcome] = []
                var after: StoreUsage?
                try db.inTransaction(.immediate) {
                    var added = 0
                    outcomes = try run(operations, in: db, adding: &added)
                    after = try measure(db, adding: added)
                    return .commit
                }
                usage = after
                return outcomes
            }
            try configure(operations)
            return outcomes
        } catch {
            // What seemed to fail may have been done.
            usage = nil
            let failure = StoreFailure(error)
            // After a write that failed nothing that the connection remembers is to be relied on.
            if case .disk = failure { shut() }
            throw failure
        }
    }

    /// What is stored, where so many requests were added to what was known of it.
    func measure(_ db: Database, adding added: Int = 0) throws -> StoreUsage {
        // To count them takes longer the more there are.
        let requests =
            try usage.map { $0.requests + added } ?? db.number("SELECT count(*) FROM request")
        return StoreUsage(requests: requests, bytes: try db.bytesInUse())
    }

    private func run(
        _ operations: [StoreOperation], in db: Database, adding added: inout Int
    ) throws -> [StoreOutcome] {
        let room = Room(used: try db.bytesInUse(), limit: settings.maxStoredBytes)
        var ledger = Ledger(db: db, room: room, settings: settings, isFull: fullUntil != nil)
        let latest = lastLessons(operations)
        defer { added = ledger.added }
        return try operations.enumerated().map { index, operation in
            // What is replaced at once need not be written first.
            if case .learn(let function, _) = operation, latest[function] != index { return .done }
            do {
                return try ledger.perform(operation)
            } catch let refusal as StoreRefusal {
                return .refused(refusal)
            }
        }
    }

    /// By function, the last operation that says what was learned about it.
    private func lastLessons(_ operations: [StoreOperation]) -> [String: Int] {
        var last: [String: Int] = [:]
        for (index, operation) in operations.enumerated() {
            if case .learn(let function, _) = operation { last[function] = index }
            if case .forget(let function) = operation { last[function] = index }
        }
        return last
    }

    private func configure(_ operations: [StoreOperation]) throws {
        for case .configure(let settings) in operations {
            self.settings = settings
            try queue?.writeWithoutTransaction { try $0.apply(settings) }
        }
    }

    /// SQLite has one word for a full disk and for our own bound. It is the bound where that leaves
    /// no room for these: what they take was estimated too low then.
    private func isAtBound(_ operations: [StoreOperation]) -> Bool {
        let left = try? queue?.writeWithoutTransaction { db in
            let pages =
                try db.number("PRAGMA max_page_count") - db.number("PRAGMA page_count")
                + db.number("PRAGMA freelist_count")
            return pages * (try db.number("PRAGMA page_size"))
        }
        guard let left else { return false }
        let needed = operations.reduce(0) { $0 + $1.payloadBytes }
        return left < needed + max(settings.maxStoredBytes, StoreLimits.leastStoredBytes) / 16
    }

    /// On a full disk: whether it still is one.
    private func lookForRoom() {
        guard let until = fullUntil, until <= Loop.now() else { return }
        guard ballast.take() else {
            fullUntil = Loop.now() + Self.pause
            return
        }
        note(isFull: false)
    }

    func note(isFull: Bool) {
        let was = fullUntil != nil
        fullUntil = isFull ? Loop.now() + Self.pause : nil
        if isFull { ballast.release() }
        if isFull != was { say(.diskFull(isFull)) }
    }
}

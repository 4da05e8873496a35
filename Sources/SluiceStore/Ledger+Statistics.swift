import GRDB
import SluiceModel

extension Ledger {
    /// What was learned last has the highest row, so that of too many functions the one goes that
    /// was not seen for longest.
    func learn(_ function: String, _ statistics: LearnedStatistics) throws -> StoreOutcome {
        let sql = """
            INSERT OR REPLACE INTO statistics
                (function, weight, n, nn, t, nt, squared_error, batches, batch_ceiling,
                memory, memory_per_item)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        let numbers = [
            statistics.weight, statistics.n, statistics.nn, statistics.t, statistics.nt,
            statistics.squaredError,
        ]
        // Not a number would be NULL in the table, and teach nothing.
        guard numbers.allSatisfy(\.isFinite) else { throw StoreRefusal.failed("not a number") }
        let isNew = try first("SELECT 1 FROM statistics WHERE function = ?", [function]) == nil
        try run(
            sql,
            [
                function, statistics.weight, statistics.n, statistics.nn, statistics.t,
                statistics.nt, statistics.squaredError, statistics.batches,
                statistics.batchCeiling, statistics.memory, statistics.memoryPerItem,
            ])
        guard isNew else { return .done }
        let count = try db.number("SELECT count(*) FROM statistics")
        if count > Limits.functions {
            let oldest = "(SELECT id FROM statistics ORDER BY id LIMIT ?)"
            try run("DELETE FROM statistics WHERE id IN \(oldest)", [count - Limits.functions])
        }
        return .done
    }

    func forget(_ function: String) throws -> StoreOutcome {
        try run("DELETE FROM statistics WHERE function = ?", [function])
        return .done
    }

    func recall(after: String?) throws -> StoreOutcome {
        let sql = """
            SELECT function, weight, n, nn, t, nt, squared_error, batches, batch_ceiling,
                memory, memory_per_item
            FROM statistics WHERE function > ? ORDER BY function LIMIT ?
            """
        var learned: [(function: String, LearnedStatistics)] = []
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql), arguments: [after ?? "", StoreLimits.rowsPerPage])
        while let row = try rows.next() {
            var cells = Cells(row)
            let function = try cells.text()
            let statistics = LearnedStatistics(
                weight: try cells.real(), n: try cells.real(), nn: try cells.real(),
                t: try cells.real(), nt: try cells.real(), squaredError: try cells.real(),
                batches: try cells.count(),
                batchCeiling: try cells.integerIfAny().map { Int($0) },
                memory: try cells.integerIfAny().map { Int($0) },
                memoryPerItem: try cells.integerIfAny().map { Int($0) })
            learned.append((function, statistics))
        }
        return .learned(learned)
    }
}

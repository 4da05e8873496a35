import GRDB
import SluiceModel

extension Ledger {
    mutating func accept(_ new: NewRequest) throws -> StoreOutcome {
        precondition(new.id.row > 0, "request \(new.id) has no place")
        if let known = try request(from: new.origin) {
            // Its own number: a commit that seemed to fail had not.
            return known.id == new.id ? .accepted : .known(known)
        }
        let bytes = new.payload.bytes.count
        guard bytes <= StoreLimits.payloadBytes else { throw StoreRefusal.tooLarge }
        guard try isFree(new.id) else { throw StoreRefusal.idTaken }
        try claim(bytes, for: .newWork)
        let sql = """
            INSERT INTO request (id, user, session_high, session_low, number, caller, function,
                content_type, payload_bytes, queue_timeout, exec_timeout, deadline, enqueued_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try run(
            sql,
            [
                new.id.row, Int64(new.origin.user), Int64(bitPattern: new.origin.sessionHigh),
                Int64(bitPattern: new.origin.sessionLow),
                Int64(bitPattern: new.origin.number.rawValue), new.caller, new.function,
                new.payload.contentType, bytes, new.queueTimeout?.nanoseconds,
                new.execTimeout?.nanoseconds, new.deadline?.nanoseconds,
                new.enqueuedAt.milliseconds,
            ])
        try put(new.payload.bytes, "INSERT INTO payload (request, bytes) VALUES (?, ?)", new.id)
        added += 1
        return .accepted
    }

    private func isFree(_ id: RequestID) throws -> Bool {
        try first("SELECT 1 FROM request WHERE id = ?", [id.row]) == nil
    }

    /// Nothing is kept of bytes that are none.
    private func put(_ bytes: StoredBytes, _ sql: String, _ id: RequestID) throws {
        guard bytes.count > 0 else { return }
        _ = try bytes.withData { data in try run(sql, [id.row, data]) }
    }

    func start(_ id: RequestID, _ attempt: Int) throws -> StoreOutcome {
        let standing = try unfinished(id)
        guard attempt >= standing.attempts else { throw StoreRefusal.isStale }
        // What an attempt before it said is void.
        if standing.chunks > 0, attempt > standing.attempts {
            try run("DELETE FROM chunk WHERE request = ?", [id.row])
            try run(
                "UPDATE request SET chunks = 0, chunk_bytes = 0, lost_chunks = 0 WHERE id = ?",
                [id.row])
        }
        try run("UPDATE request SET state = 1, attempts = ? WHERE id = ?", [attempt, id.row])
        return .done
    }

    func giveBack(_ id: RequestID, _ charged: Int) throws -> StoreOutcome {
        _ = try unfinished(id)
        try run("UPDATE request SET state = 0, charged = ? WHERE id = ?", [charged, id.row])
        return .done
    }

    mutating func keep(
        _ id: RequestID, _ attempt: Int, _ chunk: StoredChunk
    ) throws -> StoreOutcome {
        let standing = try unfinished(id)
        guard standing.state == .started, attempt == standing.attempts else {
            throw StoreRefusal.isStale
        }
        let bytes = chunk.payload.bytes.count
        // Numbers of SQLite are signed.
        guard chunk.sequence < UInt64(Int64.max), standing.chunks < StoreLimits.chunksPerRequest,
            standing.chunkBytes + bytes <= StoreLimits.chunkBytesPerRequest
        else { return try lose(id, .tooManyChunks) }
        do {
            try claim(bytes, for: .newWork)
        } catch let refusal as StoreRefusal {
            return try lose(id, refusal)
        }
        // An empty blob is bound as NULL.
        let sql = """
            INSERT INTO chunk (request, sequence, content_type, bytes)
            VALUES (?, ?, ?, coalesce(?, x'')) ON CONFLICT DO NOTHING
            """
        let kept = try chunk.payload.bytes.withData { data in
            try run(
                sql,
                [id.row, Int64(bitPattern: chunk.sequence), chunk.payload.contentType, data])
        }
        // One that was sent again is counted once.
        guard kept > 0 else { return .done }
        try run(
            "UPDATE request SET chunks = chunks + 1, chunk_bytes = chunk_bytes + ? WHERE id = ?",
            [bytes, id.row])
        return .done
    }

    /// Notes that a reader will miss one.
    private func lose(_ id: RequestID, _ refusal: StoreRefusal) throws -> StoreOutcome {
        try run("UPDATE request SET lost_chunks = lost_chunks + 1 WHERE id = ?", [id.row])
        return .refused(refusal)
    }

    /// Bytes of an outcome that is as good as without a result.
    private static let smallBytes = 1024

    mutating func finish(_ id: RequestID, _ ending: Ending) throws -> StoreOutcome {
        let standing = try unfinished(id)
        let bytes = ending.result.bytes.count
        guard bytes <= StoreLimits.payloadBytes,
            ending.message.utf8.count <= StoreLimits.messageBytes
        else { throw StoreRefusal.tooLarge }
        // Nobody asks again for what completed; what did not may be looked into, and retried.
        let drops = ending.code == .ok && standing.payloadBytes > 0
        if drops { room.give(standing.payloadBytes) }
        let taken = bytes + ending.message.utf8.count
        try claim(taken, for: taken > Self.smallBytes ? .result : .outcome)
        if drops { try run("DELETE FROM payload WHERE request = ?", [id.row]) }
        let sql = """
            UPDATE request SET state = 2, finished_at = ?, code = ?, message = ?,
                result_type = ?, result_bytes = ?
            WHERE id = ?
            """
        try run(
            sql,
            [
                ending.finishedAt.milliseconds, ending.code.rawValue, ending.message,
                ending.result.contentType, bytes, id.row,
            ])
        try put(ending.result.bytes, "INSERT INTO result (request, bytes) VALUES (?, ?)", id)
        return .done
    }

    mutating func delete(_ id: RequestID) throws -> StoreOutcome {
        guard try run("DELETE FROM request WHERE id = ?", [id.row]) > 0 else {
            throw StoreRefusal.unknownRequest
        }
        added -= 1
        return .done
    }

    mutating func retry(_ id: RequestID, as new: Repetition) throws -> StoreOutcome {
        precondition(new.id.row > 0, "request \(new.id) has no place")
        if let known = try request(from: new.origin) {
            return known.id == new.id ? .accepted : .known(known)
        }
        let standing = try standing(of: id)
        guard standing.state == .finished else { throw StoreRefusal.isUnfinished }
        guard standing.code != Code.ok.rawValue else { throw StoreRefusal.payloadGone }
        guard try isFree(new.id) else { throw StoreRefusal.idTaken }
        try claim(standing.payloadBytes, for: .newWork)
        let row = """
            INSERT INTO request (id, user, session_high, session_low, number, caller, function,
                content_type, payload_bytes, queue_timeout, exec_timeout, deadline, enqueued_at,
                retry_of)
            SELECT ?, ?, ?, ?, ?, caller, function,
                content_type, payload_bytes, queue_timeout, exec_timeout, deadline, ?, id
            FROM request WHERE id = ?
            """
        try run(
            row,
            [
                new.id.row, Int64(new.origin.user), Int64(bitPattern: new.origin.sessionHigh),
                Int64(bitPattern: new.origin.sessionLow),
                Int64(bitPattern: new.origin.number.rawValue), new.enqueuedAt.milliseconds,
                id.row,
            ])
        let bytes = """
            INSERT INTO payload (request, bytes) SELECT ?, bytes FROM payload WHERE request = ?
            """
        try run(bytes, [new.id.row, id.row])
        added += 1
        return .accepted
    }

    /// Bytes of one transaction that expiry frees at most, beyond the first.
    private static let expiredBytes = 64 << 20
    /// Pages given back to the file system with it.
    private static let vacuumedPages = 1024

    mutating func expire(at now: WallTime) throws -> StoreOutcome {
        let old = now - settings.resultTTL
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, payload_bytes + chunk_bytes + coalesce(result_bytes, 0) FROM request
                WHERE state = 2 AND finished_at <= ? ORDER BY finished_at LIMIT ?
                """)
        var ids: [Int64] = []
        var bytes = 0
        var hasMore = false
        let rows = try Row.fetchCursor(
            statement, arguments: [old.milliseconds, StoreLimits.rowsPerPage + 1])
        while let row = try rows.next() {
            var cells = Cells(row)
            guard ids.count < StoreLimits.rowsPerPage, bytes <= Self.expiredBytes else {
                hasMore = true
                break
            }
            ids.append(try cells.integer())
            bytes += try cells.count()
        }
        for id in ids { try run("DELETE FROM request WHERE id = ?", [id]) }
        added -= ids.count
        // Free pages are used again; most of them are worth more to others.
        if try db.number("PRAGMA freelist_count") > Self.vacuumedPages {
            try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.vacuumedPages))")
        }
        let oldest = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(finished_at) FROM request WHERE state = 2"))
        return .expired(
            count: ids.count, hasMore: hasMore, oldest: oldest.map { WallTime(milliseconds: $0) })
    }
}

import GRDB
import SluiceModel

extension Ledger {
    private static let columns = """
        id, user, session_high, session_low, number, caller, function, content_type,
        payload_bytes, queue_timeout, exec_timeout, deadline, enqueued_at, retry_of, state,
        attempts, charged, chunks, chunk_bytes, lost_chunks, finished_at, code, message,
        result_type, result_bytes
        """

    func request(_ id: RequestID) throws -> StoredRequest? {
        guard var cells = try first("SELECT \(Self.columns) FROM request WHERE id = ?", [id.row])
        else { return nil }
        return try cells.storedRequest()
    }

    func request(from origin: RequestOrigin) throws -> StoredRequest? {
        let sql = """
            SELECT \(Self.columns) FROM request
            WHERE user = ? AND session_high = ? AND session_low = ? AND number = ?
            """
        let arguments: StatementArguments = [
            Int64(origin.user), Int64(bitPattern: origin.sessionHigh),
            Int64(bitPattern: origin.sessionLow), Int64(bitPattern: origin.number.rawValue),
        ]
        guard var cells = try first(sql, arguments) else { return nil }
        return try cells.storedRequest()
    }

    func payload(of id: RequestID, upTo most: Int) throws -> StoreOutcome {
        guard let request = try request(id) else { throw StoreRefusal.unknownRequest }
        if let conclusion = request.conclusion, conclusion.code == Code.ok.rawValue {
            throw StoreRefusal.payloadGone
        }
        return .bytes(
            try bytes(
                "SELECT bytes FROM payload WHERE request = ?", of: id, request.payloadBytes,
                request.contentType, upTo: most))
    }

    func result(of id: RequestID, upTo most: Int) throws -> StoreOutcome {
        guard let request = try request(id) else { throw StoreRefusal.unknownRequest }
        guard let conclusion = request.conclusion else { throw StoreRefusal.isUnfinished }
        return .bytes(
            try bytes(
                "SELECT bytes FROM result WHERE request = ?", of: id, conclusion.resultBytes,
                conclusion.contentType, upTo: most))
    }

    private func bytes(
        _ sql: String, of id: RequestID, _ count: Int, _ contentType: String?, upTo most: Int
    ) throws -> StoredPayload {
        guard count <= most else { throw StoreRefusal.larger(count) }
        guard count > 0 else { return StoredPayload(contentType, .none) }
        guard var cells = try first(sql, [id.row]) else {
            throw StoreFailure.damaged("the bytes of request \(id) are missing")
        }
        return StoredPayload(contentType, try cells.bytes(count))
    }

    func chunks(of id: RequestID, from first: UInt64, upTo most: Int) throws -> StoreOutcome {
        _ = try standing(of: id)
        // Numbers of SQLite are signed, and none is kept beyond.
        guard first <= UInt64(Int64.max) else { return .chunks([]) }
        let sql = """
            SELECT sequence, content_type, length(bytes), bytes FROM chunk
            WHERE request = ? AND sequence >= ? ORDER BY sequence LIMIT ?
            """
        var chunks: [StoredChunk] = []
        var bytes = 0
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql),
            arguments: [id.row, Int64(bitPattern: first), StoreLimits.rowsPerPage])
        while let row = try rows.next() {
            var cells = Cells(row)
            let sequence = UInt64(bitPattern: try cells.integer())
            let contentType = try cells.textIfAny()
            let count = try cells.count()
            bytes += count
            guard bytes <= most else {
                if chunks.isEmpty { throw StoreRefusal.larger(count) }
                break
            }
            let payload = StoredPayload(contentType, try cells.bytes(count))
            chunks.append(StoredChunk(sequence: sequence, payload: payload))
        }
        return .chunks(chunks)
    }

    /// Rows that one list looks at: what does not match takes time, too.
    private static let rowsPerScan = 4096

    func list(_ filter: StoreFilter, _ after: RequestID?, _ count: Int) throws -> StoreOutcome {
        // One index narrows it down; the rest is looked at.
        var condition = ""
        var arguments: StatementArguments = [after?.row ?? 0]
        if let user = filter.user {
            condition = "AND user = ?"
            arguments += [Int64(user)]
        } else if let function = filter.function {
            condition = "AND function = ?"
            arguments += [function]
        } else if filter.isUnfinished || filter.state == .waiting || filter.state == .started {
            condition = "AND state < 2"
        }
        arguments += [Self.rowsPerScan]
        let sql = """
            SELECT \(Self.columns) FROM request WHERE id > ? \(condition) ORDER BY id LIMIT ?
            """
        let most = min(count, StoreLimits.rowsPerPage)
        var found: [StoredRequest] = []
        var scanned = 0
        var last: RequestID?
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
        while found.count < most, let row = try rows.next() {
            var cells = Cells(row)
            let request = try cells.storedRequest()
            scanned += 1
            last = request.id
            if filter.matches(request) { found.append(request) }
        }
        let isAll = found.count < most && scanned < Self.rowsPerScan
        return .requests(found, next: isAll ? nil : last)
    }

    func recover(_ after: RequestID?, upTo most: Int) throws -> StoreOutcome {
        let sql = """
            SELECT \(Self.columns), bytes
            FROM request LEFT JOIN payload ON payload.request = request.id
            WHERE state < 2 AND id > ? ORDER BY id LIMIT ?
            """
        var found: [UnfinishedRequest] = []
        var bytes = 0
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: sql), arguments: [after?.row ?? 0, StoreLimits.rowsPerPage])
        while let row = try rows.next() {
            var cells = Cells(row)
            let request = try cells.storedRequest()
            bytes += request.payloadBytes
            guard bytes <= most else {
                if found.isEmpty { throw StoreRefusal.larger(request.payloadBytes) }
                break
            }
            let payload = StoredPayload(
                request.contentType, try cells.bytes(request.payloadBytes))
            found.append(UnfinishedRequest(request: request, payload: payload))
        }
        return .unfinished(found)
    }
}

extension StoreFilter {
    fileprivate func matches(_ request: StoredRequest) -> Bool {
        (state == nil || state == request.state) && !(isUnfinished && request.state == .finished)
            && (function == nil || function == request.function)
            && (user == nil || user == request.origin.user)
    }
}

extension Cells {
    /// The columns of `Ledger.columns`.
    fileprivate mutating func storedRequest() throws -> StoredRequest {
        let id = try request()
        let user = UInt32(truncatingIfNeeded: try integer())
        let high = UInt64(bitPattern: try integer())
        let low = UInt64(bitPattern: try integer())
        let number = RequestNumber(rawValue: UInt64(bitPattern: try integer()))
        return StoredRequest(
            id: id, origin: RequestOrigin(user: user, session: (high, low), number: number),
            caller: try textIfAny(), function: try text(), contentType: try textIfAny(),
            payloadBytes: try count(), queueTimeout: try span(), execTimeout: try span(),
            deadline: try span(), enqueuedAt: try moment(),
            retryOf: try integerIfAny().map { RequestID(row: $0) }, state: try state(),
            attempts: try count(), charged: try count(), chunks: try count(),
            chunkBytes: try count(), lostChunks: try count(), conclusion: try conclusion())
    }

    private mutating func conclusion() throws -> StoredRequest.Conclusion? {
        let finishedAt = try integerIfAny()
        let code = try textIfAny()
        let message = try textIfAny()
        let contentType = try textIfAny()
        let bytes = try integerIfAny()
        guard let finishedAt, let code, let bytes else { return nil }
        return StoredRequest.Conclusion(
            finishedAt: WallTime(milliseconds: finishedAt), code: code, message: message ?? "",
            contentType: contentType, resultBytes: max(0, Int(bytes)))
    }
}

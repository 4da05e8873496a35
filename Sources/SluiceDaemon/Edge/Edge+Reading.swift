import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

// What is kept of detached requests is read out to clients as if they had been there; see
// `Readings`.

/// Above so many unsent bytes, or files, a client is read nothing more.
private let readingStopsAt = 1 << 20
private let mostFiles = 16

extension Edge {
    /// Begins to read a request out to a client.
    mutating func read(
        _ fetch: SluiceEngine.Fetch, to client: ClientID, as number: RequestNumber, by user: UInt32,
        isLive: Bool
    ) {
        let key = Readings.Key(client: client, number: number)
        guard connections[client: client] != nil else { return }
        guard readings.begin(key, fetch, by: user, isLive: isLive) else {
            // One that lives goes on to be told; what it said before is a hole to its client.
            guard !isLive else { return }
            return refuse(
                key, .overQuota,
                "this connection fetches \(Limits.requestsPerClient) requests already; wait for "
                    + "some to end")
        }
    }

    /// Whether a word about a live request is to be left out, because what came before it is still
    /// being read.
    mutating func isBehind(_ client: ClientID, _ number: RequestNumber) -> Bool {
        let key = Readings.Key(client: client, number: number)
        guard readings[key]?.wasLive == true else { return false }
        readings.change(key) { $0.hasMissed = true }
        return true
    }

    /// It is begun: what is read of an attempt before is of no use any more.
    mutating func begin(attempt: Int, for client: ClientID, _ number: RequestNumber) {
        let key = Readings.Key(client: client, number: number)
        guard let reading = readings[key], reading.wasLive, reading.fetch.attempt != attempt else {
            return
        }
        readings.end(key)
    }

    /// Whether the outcome of a request is to be read, too, because what came before it is.
    mutating func readsOutcome(_ client: ClientID, _ number: RequestNumber) -> Bool {
        let key = Readings.Key(client: client, number: number)
        guard readings[key]?.wasLive == true else { return false }
        readings.change(key) { $0.isLive = false }
        return true
    }

    /// The client wants to hear no more of it.
    ///
    /// - Parameter isTold: whether it is told so in any case, or only where something was read out
    ///   to it.
    mutating func stopReading(to client: ClientID, _ number: RequestNumber, isTold: Bool) {
        let wasRead = readings.leave(Readings.Key(client: client, number: number))
        guard isTold || wasRead, let connection = connections[client: client] else { return }
        let report = OutcomeReport(.clientGone, message: "its client wants to hear no more of it")
        send(to: connection) { out in
            ClientEvent.outcome(number, report).encode(into: &out)
        }
    }

    /// Goes on with those that waited for their client to read.
    mutating func resumeReading(_ connection: Connection) {
        guard connection.role == .client, connection.link.waitingBytes <= readingStopsAt / 2,
            connection.link.waitingFiles <= mostFiles / 2
        else { return }
        readings.resume(connection.client)
    }

    // MARK: Answers

    mutating func take(_ outcome: StoreOutcome, for key: Readings.Key, serial: UInt64) {
        guard let reading = readings.answered(key, serial: serial) else { return }
        switch outcome {
        case .request(let request): take(request, reading, key)
        case .chunks(let chunks): take(chunks, reading, key)
        case .bytes(let result): conclude(key, reading, result)
        case .refused(.larger(let count)):
            readings.want(
                .chunks(reading.fetch.request, from: reading.next, upTo: count), for: key)
        case .refused(.backlog): readings.postpone(key)
        case .refused(let refusal): refuse(key, refusal.code, text(for: refusal, reading.fetch))
        case .done, .accepted, .known, .requests, .unfinished, .expired, .learned:
            preconditionFailure("a reading was answered with \(outcome)")
        }
    }

    /// What there is of a request that does not live, or does not any more.
    private mutating func take(
        _ request: StoredRequest?, _ reading: Readings.Reading, _ key: Readings.Key
    ) {
        let id = reading.fetch.request
        guard let request, reading.user == request.origin.user || reading.user == 0 else {
            return refuse(key, .unknownRequest, text(for: .unknownRequest, reading.fetch))
        }
        guard let conclusion = request.conclusion else {
            return refuse(
                key, .overQuota, "\(Limits.listeners) clients listen to request \(id) already")
        }
        // One that ended while it was read was told all but that.
        let isNew = reading.request == nil && !reading.wasLive
        readings.change(key) { $0.request = request }
        guard isNew else { return readResult(conclusion, key, id) }
        admit(id, key)
        guard request.attempts > 0, request.chunks > 0 else {
            return readResult(conclusion, key, id)
        }
        if let connection = connections[client: key.client] {
            send(to: connection) { out in out.started(key.number, attempt: request.attempts) }
        }
        readings.change(key) {
            if $0.fetch.attempt != request.attempts { $0.next = 0 }
        }
        readings.wantChunks(for: key)
    }

    private mutating func readResult(
        _ conclusion: StoredRequest.Conclusion, _ key: Readings.Key, _ id: RequestID
    ) {
        want(.result(id, upTo: max(1, conclusion.resultBytes)), for: key)
    }

    /// Asks for what is to be sent, once the client has read what it was sent before.
    private mutating func want(_ operation: StoreOperation, for key: Readings.Key) {
        guard let link = connections[client: key.client]?.link else { return }
        guard link.waitingBytes <= readingStopsAt, link.waitingFiles <= mostFiles else {
            return readings.park(key, before: operation)
        }
        readings.change(key) { $0.hasMissed = false }
        readings.want(operation, for: key)
    }

    private mutating func admit(_ id: RequestID, _ key: Readings.Key) {
        guard let connection = connections[client: key.client] else { return }
        let ticket = tickets.issue(id, to: connection.link.credentials.user)
        send(to: connection) { out in out.admitted(key.number, id, ticket) }
    }

    private mutating func take(
        _ chunks: [StoredChunk], _ reading: Readings.Reading, _ key: Readings.Key
    ) {
        for chunk in chunks {
            let isSent = send(chunk.payload, key) { payload in
                .chunk(key.number, Chunk(sequence: chunk.sequence, payload: payload))
            }
            guard isSent else { return }
            readings.change(key) { $0.next = chunk.sequence + 1 }
        }
        guard chunks.isEmpty, !reading.hasMissed else {
            return want(readings[key]?.nextPage ?? reading.nextPage, for: key)
        }
        guard !reading.isLive else { return readings.end(key) }
        guard let conclusion = reading.request?.conclusion else {
            return readings.want(.look(reading.fetch.request), for: key)
        }
        readResult(conclusion, key, reading.fetch.request)
    }

    private mutating func conclude(
        _ key: Readings.Key, _ reading: Readings.Reading, _ result: StoredPayload
    ) {
        guard let request = reading.request, let conclusion = request.conclusion else { return }
        let isSent = send(result, key) { payload in
            var report = OutcomeReport(
                Code(rawValue: conclusion.code) ?? .functionError, attempts: request.attempts,
                message: conclusion.message, payload: payload)
            report.code = conclusion.code
            return .outcome(key.number, report)
        }
        if isSent { readings.end(key) }
    }

    /// Sends a frame with a payload; false: the reading is over for want of a descriptor.
    private mutating func send(
        _ stored: StoredPayload, _ key: Readings.Key, _ event: (Payload) -> ClientEvent
    ) -> Bool {
        guard let connection = connections[client: key.client] else { return true }
        do throws(SystemError) {
            let file = try stored.travellingFile()
            try stored.withPayload(file) { payload in
                send(to: connection, with: file) { out in event(payload).encode(into: &out) }
            }
            return true
        } catch {
            refuse(key, .storeFailed, "what is kept could not be sent: \(error); fetch it again")
            return false
        }
    }

    private mutating func refuse(_ key: Readings.Key, _ code: Code, _ message: String) {
        let reading = readings[key]
        readings.end(key)
        // One that lives is told its outcome when it has one.
        if let reading, reading.wasLive, reading.isLive { return }
        guard let connection = connections[client: key.client] else { return }
        send(to: connection) { out in
            ClientEvent.outcome(key.number, OutcomeReport(code, message: message))
                .encode(into: &out)
        }
    }

    private func text(for refusal: StoreRefusal, _ fetch: SluiceEngine.Fetch) -> String {
        SluiceDaemon.text(
            for: refusal.code, Refusal(place: "\(fetch.request)", depth: 0))
    }
}

import SluiceEngine
import SluiceModel
import SluiceStore
import SluiceWire

// Calls about stored requests. The control plane hands out what it wants to know, and goes on; the
// reply keeps its place among those of its connection until the answer comes.

/// What the texts of one page may have together, so that it fits into one reply, escaped as they
/// may have to be.
private let textBytes = 512 << 10

extension ControlPlane {
    mutating func ask(about subject: DetachedCalls.Subject, for pending: PendingCall) {
        let connection = pending.connection
        let refusal: ControlError
        if !detached.isPossible {
            refusal = .storeFailed(reason: "sluiced has no state directory to keep requests in")
        } else if detached.isFull {
            refusal = .tooMany(
                "calls about detached requests at once", limit: DetachedCalls.limit)
        } else {
            let token = detached.begin(
                subject, for: connection.serial, user: pending.user)
            if !pending.isOneway { connection.send(answerTo: .store(token)) }
            return
        }
        if !pending.isOneway { connection.send(refusal.message) }
    }

    /// What came up since this was asked last. Each is answered once, in whatever order.
    mutating func takeStoreAsks() -> [StoreAsk] { detached.takeAsks() }

    /// Turns what became of an operation into the reply, or into the next operation.
    ///
    /// - Returns: what is to be logged of it.
    mutating func take(
        _ outcome: StoreOutcome, _ engine: borrowing Engine, for token: UInt64, at now: Instant
    ) -> LogRecord? {
        let call = detached.end(token)
        if case .discard(let id) = call.subject, case .request(let stored?) = outcome,
            stored.conclusion != nil
        {
            detached.goOn(deleting: id, call, token: token)
            return nil
        }
        do throws(ControlError) {
            reply(try call.subject.message(for: outcome, engine, at: now), to: call, token)
        } catch {
            reply(error.message, to: call, token)
            return nil
        }
        guard case .discard(let id) = call.subject else { return nil }
        return .discarded(id, by: call.user)
    }

    /// - Parameter result: the new request's number.
    /// - Returns: what is to be logged of it.
    mutating func take(
        retry result: Result<RequestID, RetryRefusal>, for token: UInt64
    ) -> LogRecord? {
        let call = detached.end(token)
        guard case .retry(let old) = call.subject else {
            preconditionFailure("an answer to another call")
        }
        switch result {
        case .failure(let refusal):
            reply(ControlError(refusal, of: old).message, to: call, token)
            return nil
        case .success(let new):
            reply(Control.Retry.message(reply: .init(id: new.rawValue)), to: call, token)
            return .retried(old, as: new, by: call.user)
        }
    }

    private func reply(_ message: [UInt8], to call: DetachedCalls.Waiting, _ token: UInt64) {
        connections[call.connection]?.answer(.store(token), message)
    }
}

extension DetachedCalls.Subject {
    /// The reply that says what became of it.
    fileprivate func message(
        for outcome: StoreOutcome, _ engine: borrowing Engine, at now: Instant
    ) throws(ControlError) -> [UInt8] {
        if case .refused(let refusal) = outcome { throw ControlError(refusal, of: request) }
        switch (self, outcome) {
        case (.list(let call, _, _), .requests(let requests, let next)):
            return Control.ListDetached.message(
                reply: page(of: call, requests, next, engine, at: now))
        case (.look, .request(let stored?)):
            let unsettled = engine.unsettled(stored.id, at: now)
            return Control.GetDetached.message(
                reply: .init(request: Control.Detached(stored, unsettled: unsettled)))
        case (.discard(let id), .request(_?)): throw .notFinished(id.rawValue)
        case (.look(let id), .request(nil)), (.discard(let id), .request(nil)):
            throw .unknownRequest(id.rawValue)
        case (.discard, .done): return Control.Discard.message(reply: NoParameters())
        default: preconditionFailure("an answer to another question")
        }
    }

    /// As many as fit, and at least one, so that whoever asks on comes to an end.
    private func page(
        of call: Control.ListDetached, _ requests: [StoredRequest], _ next: RequestID?,
        _ engine: borrowing Engine, at now: Instant
    ) -> Control.ListDetached.Reply {
        var bytes = 0
        let fitting = requests.prefix { request in
            bytes += request.textBytes
            return bytes <= textBytes || request.id == requests.first?.id
        }
        let rest = fitting.count < requests.count ? fitting.last?.id : next
        // That an outcome waits for room the store does not know.
        var found: [Control.Detached] = []
        for request in fitting {
            let unsettled = engine.unsettled(request.id, at: now)
            let shown = Control.Detached(request, unsettled: unsettled)
            let isMeant = call.state.map { ($0 == .settling) == (shown.state == .settling) }
            if isMeant ?? true { found.append(shown) }
        }
        return .init(requests: found, next: rest?.rawValue)
    }
}

extension StoredRequest {
    fileprivate var textBytes: Int {
        (conclusion?.message.utf8.count ?? 0) + (caller?.utf8.count ?? 0) + function.utf8.count
    }
}

extension ControlError {
    /// - Parameter request: what was asked about; nil: several.
    fileprivate init(_ refusal: StoreRefusal, of request: RequestID?) {
        let id = request?.rawValue ?? 0
        switch refusal {
        case .storeFull, .diskFull: self = .storeFull
        case .backlog:
            self = .tooMany("operations on their way to the disk", limit: StoreLimits.backlog)
        case .unknownRequest: self = .unknownRequest(id)
        case .isUnfinished: self = .notRetryable(id, reason: "it has no outcome yet")
        case .payloadGone:
            self = .notRetryable(id, reason: "it completed: what it was asked with is not kept")
        case .unavailable:
            let reason =
                "their file cannot be used; it is tried again every 10 seconds, and "
                + "'journalctl -u sluiced' says why"
            self = .storeFailed(reason: reason)
        case .failed(let reason): self = .storeFailed(reason: reason)
        case .tooLarge, .tooManyChunks, .larger, .isFinished, .isStale, .idTaken:
            self = .storeFailed(reason: "the store answered \(refusal)")
        }
    }

    fileprivate init(_ refusal: RetryRefusal, of request: RequestID) {
        switch refusal {
        case .store(let refusal): self.init(refusal, of: request)
        case .rejected(let code, let message):
            let reason = "it was rejected (\(code.rawValue)): \(message)"
            self = .notRetryable(request.rawValue, reason: reason)
        }
    }
}

import SluiceModel
import SluiceWire

// What RESTARTS in sluice-protocol(7) asks of a client, without a socket:
//
//   What has no outcome is asked for again on a new connection, with the ticket it got, and what of
//   it was heard. An answer with the same number goes on where it was, and nobody notices. One with
//   another number is a new request: its caller hears of it, and a stream of which there are parts
//   already ends with an error, because the new parts do not fit behind the old.
//
//   A detached request that was admitted is the daemon's: it is fetched by its number, wherever it
//   is then, so its payload is kept no longer than until ADMITTED.

/// The requests of a client that have no outcome yet, over all connections. No more is kept than
/// of those.
struct LiveRequests {
    /// What is said of a request, the first time and again.
    struct Asked: Equatable {
        var number: RequestNumber
        var function: String
        var content: Content
        var options: RequestOptions
        /// Detached, and known to the daemon: it is not submitted but fetched, by this alone.
        var fetched: RequestID?
        /// What was heard of it: the latest ticket, the attempt that began and its chunks.
        var ticket: Ticket?
        var attempt = 0
        var chunks: UInt64 = 0
        /// Said behind it.
        var watch: Bool?
        var isCancelled = false
        /// Nobody here wants to hear more of it.
        var isLeft = false
    }

    /// What to do with what came.
    enum Verdict: Hashable {
        case pass
        /// It is no news, or of a request that is over for the caller.
        case drop
        /// Tell the caller, and the daemon to cancel.
        case giveUp(ClientError)
        /// Tell the caller, and the daemon that nobody here listens. What is detached is not ours
        /// to cancel: others may listen.
        case fail(ClientError)
    }

    fileprivate struct Request {
        var asked: Asked
        var askedAt: ContinuousClock.Instant
        var id: RequestID?
        /// The caller was told that it cannot go on; its outcome is of no interest.
        var isGivenUp = false
    }

    private var requests: [RequestNumber: Request] = [:]
    private var lastNumber: UInt64 = 0

    var count: Int { requests.count }

    // MARK: What the caller wants

    mutating func ask(
        _ function: String, _ content: Content, _ options: RequestOptions,
        at now: ContinuousClock.Instant
    ) -> Asked {
        lastNumber += 1
        let number = RequestNumber(rawValue: lastNumber)
        let asked = Asked(
            number: number, function: function, content: content, options: options)
        requests[number] = Request(asked: asked, askedAt: now)
        return asked
    }

    mutating func fetch(
        _ request: RequestID, ticket: Ticket? = nil, _ options: RequestOptions,
        at now: ContinuousClock.Instant
    ) -> Asked {
        // Its function and payload are the daemon's.
        var asked = ask("", Content([]), options, at: now)
        (asked.fetched, asked.ticket) = (request, ticket)
        if options.wantsStatus { asked.watch = true }
        requests[asked.number]?.asked = asked
        return asked
    }

    mutating func cancel(_ number: RequestNumber) {
        requests[number]?.asked.isCancelled = true
    }

    /// - Returns: whether there is something to leave: a detached request without an outcome.
    mutating func leave(_ number: RequestNumber) -> Bool {
        guard requests[number]?.asked.options.detached == true else { return false }
        requests[number]?.asked.isLeft = true
        return true
    }

    mutating func watch(_ number: RequestNumber, _ on: Bool) {
        requests[number]?.asked.watch = on
    }

    // MARK: What the daemon says

    mutating func admitted(_ number: RequestNumber, _ admitted: Admitted) -> Verdict {
        guard var request = requests[number] else { return .drop }
        defer { requests[number] = request }
        let before = request.id
        request.id = admitted.request
        request.asked.keep(admitted)
        guard before != admitted.request else { return .drop }
        let hadChunks = request.asked.chunks > 0
        (request.asked.attempt, request.asked.chunks) = (0, 0)
        guard !request.isGivenUp else { return .drop }
        guard hadChunks, !request.asked.options.takesStreamAnew else { return .pass }
        return request.giveUp(.streamRestarted(number))
    }

    mutating func started(_ number: RequestNumber, attempt: Int) -> Verdict {
        guard let request = requests[number], attempt > request.asked.attempt else { return .drop }
        requests[number]?.asked.attempt = attempt
        requests[number]?.asked.chunks = 0
        return request.isGivenUp ? .drop : .pass
    }

    mutating func chunk(_ number: RequestNumber, sequence: UInt64) -> Verdict {
        guard var request = requests[number], !request.isGivenUp,
            sequence >= request.asked.chunks
        else { return .drop }
        guard sequence == request.asked.chunks || !request.asked.options.detached else {
            requests[number] = nil
            return .fail(.chunksLost(number))
        }
        defer { requests[number] = request }
        guard sequence == request.asked.chunks else {
            return request.giveUp(.chunksLost(number))
        }
        request.asked.chunks += 1
        return .pass
    }

    /// STATUS, PROGRESS and LOG: they count once.
    func news(_ number: RequestNumber) -> Verdict {
        guard let request = requests[number], !request.isGivenUp else { return .drop }
        return .pass
    }

    mutating func ended(_ number: RequestNumber) -> Verdict {
        guard let request = requests.removeValue(forKey: number) else { return .drop }
        return request.isGivenUp ? .drop : .pass
    }

    // MARK: On another connection

    /// What to say there, in this order.
    func askedAgain(at now: ContinuousClock.Instant) -> [Asked] {
        requests.values.sorted { $0.place < $1.place }.map { $0.askedAgain(at: now) }
    }
}

extension LiveRequests.Asked {
    /// What says that it was let in: a ticket, or where it is stored its number.
    fileprivate mutating func keep(_ admitted: Admitted) {
        guard options.detached else {
            ticket = admitted.ticket
            return
        }
        fetched = admitted.request
        content = Content([])
        // FETCH does not ask for it.
        if options.wantsStatus, watch == nil { watch = true }
    }
}

extension LiveRequests.Request {
    /// Those admitted as the daemon had them, and behind them the others as they were asked.
    fileprivate var place: (UInt64, UInt64) {
        ((id ?? asked.fetched)?.rawValue ?? .max, asked.number.rawValue)
    }

    fileprivate mutating func giveUp(_ error: ClientError) -> LiveRequests.Verdict {
        isGivenUp = true
        asked.isCancelled = true
        return .giveUp(error)
    }

    /// Time goes on while there is no daemon.
    fileprivate func askedAgain(at now: ContinuousClock.Instant) -> LiveRequests.Asked {
        var again = asked
        func left(of span: Duration?) -> Duration? {
            span.map { max(.microseconds(1), $0 - (now - askedAt)) }
        }
        again.options.deadline = left(of: asked.options.deadline)
        again.options.queueTimeout =
            asked.attempt > 0 ? nil : left(of: asked.options.queueTimeout)
        // Who was let in is not measured again.
        if asked.ticket != nil { again.options.maxWait = nil }
        return again
    }
}

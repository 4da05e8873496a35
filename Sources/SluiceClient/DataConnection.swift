import SluiceModel
import SluiceWire

/// A client's connection: submits requests and hears of them.
///
///     let client = try DataConnection()
///     let request = try client.submit("caption", .json("[1]"))
///     let outcome = try client.outcome(of: request)
///
/// Requests are pipelined: submit many, then take what comes. Calls wait; a program that submits
/// without end has to take updates between, or the daemon calls it a slow reader. When the
/// connection is let go, what it submitted and has no outcome is cancelled, but for what is
/// detached: that goes on, and any connection of its user can `fetch` it.
///
/// A restart or crash of the daemon is not seen: a call that finds the daemon gone waits until it
/// is back, asks again for what has no outcome, and goes on. See `LiveRequests`.
public final class DataConnection {
    private var link: FrameLink
    private var reconnection: Reconnection
    private var requests = LiveRequests()
    /// News of other requests that came while one was waited for, oldest first.
    private var setAside: [News] = []

    /// What came of a request, or why it cannot go on.
    private struct News {
        var number: RequestNumber
        var update: Result<RequestUpdate, ClientError>
    }

    /// Called when the daemon went and is back, by whatever call waits then.
    public var onReturn: (() -> Void)?

    /// What the daemon said of itself and its limits.
    public var welcome: Welcome { link.welcome }

    /// - Parameters:
    ///   - name: of the program, for people.
    ///   - patience: until the daemon says welcome; a request then takes as long as it takes.
    ///   - absence: patience with a daemon that went, until it is back and says welcome again; then
    ///     calls end with `ClientError.notBack`. A limit of zero is for who does not want to wait.
    public init(
        runtimeDirectory: String? = nil, name: String? = nil, patience: Patience = .endless,
        absence: Patience = .endless
    ) throws(ClientError) {
        reconnection = try Reconnection(
            to: .client, in: runtimeDirectory, name: name, absence)
        link = try reconnection.open(patience)
    }

    /// Asks for a function; what became of it comes as updates with the number returned. The
    /// request leaves with `flush`, or with the next call that waits.
    @discardableResult
    public func submit(
        _ function: String, _ content: Content, _ options: RequestOptions = RequestOptions()
    ) throws(ClientError) -> RequestNumber {
        let number = try enqueue(function, content, options)
        if link.isBroken { try flush() }
        return number
    }

    /// The same for who never waits here: where the daemon went, it is asked when it is back.
    @discardableResult
    public func enqueue(
        _ function: String, _ content: Content, _ options: RequestOptions = RequestOptions()
    ) throws(ClientError) -> RequestNumber {
        guard Name.isValid(function) else { throw .invalidName(function) }
        let asked = requests.ask(function, content, options, at: .now)
        do throws(ClientError) { try say(asked) } catch {
            // It was not said, and shall not be when the daemon was away and is back.
            if case .system = error { _ = requests.ended(asked.number) }
            throw error
        }
        return asked.number
    }

    /// Asks to hear of a detached request, by the name that `admitted` gave. What became of it
    /// comes as updates with the number returned, as if it had been submitted here, and as often as
    /// it is asked for while it is kept. That it is not kept for this user, or that the daemon
    /// keeps none, is an outcome, too: `unknownRequest` or `unsupported`.
    /// - Parameters:
    ///   - ticket: one that `admitted` gave with the name. With it, a name that was guessed is not
    ///     found: for who fetches on behalf of others.
    ///   - wantsStatus: whether to send rank and ETA until it is started.
    @discardableResult
    public func fetch(
        _ request: RequestID, ticket: [UInt8]? = nil, wantsStatus: Bool = false
    ) throws(ClientError) -> RequestNumber {
        let number = try enqueue(fetching: request, ticket: ticket, wantsStatus: wantsStatus)
        if link.isBroken { try flush() }
        return number
    }

    /// The same for who never waits here.
    @discardableResult
    public func enqueue(
        fetching request: RequestID, ticket: [UInt8]? = nil, wantsStatus: Bool = false
    ) throws(ClientError) -> RequestNumber {
        var options = RequestOptions()
        (options.detached, options.wantsStatus) = (true, wantsStatus)
        // What cannot be a ticket is as good as an empty one, which is nobody's.
        let proof = ticket.map { $0.withUnsafeBytes { Ticket($0) ?? Ticket() } }
        let asked = requests.fetch(request, ticket: proof, options, at: .now)
        try say(asked)
        return asked.number
    }

    /// Calls a request off, detached or not. Its outcome still comes, and may be another that was
    /// on the way.
    public func cancel(_ number: RequestNumber) throws(ClientError) {
        try enqueue(cancelling: number)
        try flush()
    }

    /// The same for who never waits here.
    public func enqueue(cancelling number: RequestNumber) throws(ClientError) {
        requests.cancel(number)
        try link.send { out in ClientRequest.cancel(number).encode(into: &out) }
    }

    /// Wants to hear no more of a detached request, which goes on. Its last update still comes: an
    /// outcome that is this listener's alone, `clientGone`, or the request's own if that was on the
    /// way. It leaves with `flush`, or with the next call that waits.
    ///
    /// - Returns: false where the daemon does not know of such a wish: then it is heard of to its
    ///   end. So is what is not detached, or has ended.
    public func enqueue(leaving number: RequestNumber) throws(ClientError) -> Bool {
        guard welcome.features.contains(.leaving), requests.leave(number) else { return false }
        try link.send { out in ClientRequest.leave(number).encode(into: &out) }
        return true
    }

    /// Asks for rank and ETA from now on, or no more.
    public func watch(_ number: RequestNumber, _ on: Bool = true) throws(ClientError) {
        requests.watch(number, on)
        try link.send { out in ClientRequest.watch(number, on).encode(into: &out) }
        try flush()
    }

    /// Sends what was submitted.
    public func flush() throws(ClientError) {
        try link.flush()
        while link.isBroken {
            if let news = try hear() { setAside.append(news) }
        }
    }

    /// The next update of any request, after waiting for it. An error that names a request is about
    /// that one alone, and its last word.
    public func nextUpdate() throws(ClientError) -> (RequestNumber, RequestUpdate) {
        let news = try receive()
        return (news.number, try news.update.get())
    }

    /// Readable when something has come: for a program that waits for other things, too, and then
    /// calls `takeArrivals`. Another one after each time that the daemon went and was back.
    public var number: CInt { link.number }

    /// Sends what was submitted, also while it takes what has come, without waiting for more; but
    /// where a part of an update has come it waits for the rest, and where the daemon went for its
    /// return.
    ///
    /// - Parameter goesOn: asked before each; who has something else to do, too, takes no more for
    ///   now.
    /// - Returns: whether there may be more, of which `number` need not tell.
    @discardableResult
    public func takeArrivals(
        while goesOn: () -> Bool = { true },
        _ take: (RequestNumber, Result<RequestUpdate, ClientError>) -> Void
    ) throws(ClientError) -> Bool {
        try flush()
        while goesOn() {
            if !setAside.isEmpty {
                let news = setAside.removeFirst()
                take(news.number, news.update)
                continue
            }
            guard try link.hasArrivals() else {
                try flush()
                return !setAside.isEmpty
            }
            if let news = try hear() { take(news.number, news.update) }
        }
        try flush()
        return true
    }

    /// Waits for how a request ends; what comes before is given to `onUpdate`. Updates of other
    /// requests are kept for later calls.
    public func outcome(
        of number: RequestNumber, onUpdate: (RequestUpdate) -> Void = { _ in }
    ) throws(ClientError) -> RequestOutcome {
        while true {
            switch try nextUpdate(of: number) {
            case .outcome(let outcome): return outcome
            case let update: onUpdate(update)
            }
        }
    }

    private func nextUpdate(of number: RequestNumber) throws(ClientError) -> RequestUpdate {
        var looked = 0
        while true {
            while looked < setAside.count {
                guard setAside[looked].number != number else {
                    return try setAside.remove(at: looked).update.get()
                }
                looked += 1
            }
            if let news = try hear() { setAside.append(news) }
        }
    }

    /// What is heard may be set aside, too: that a request cannot be asked for again.
    private func receive() throws(ClientError) -> News {
        while setAside.isEmpty {
            if let news = try hear() { return news }
        }
        return setAside.removeFirst()
    }

    // MARK: One event

    /// Waits for something to come, or for the daemon to be back; nil: nobody needs to know.
    private func hear() throws(ClientError) -> News? {
        let patience = link.isLeaving ? reconnection.patienceWithLeaving() : .endless
        do throws(ClientError) {
            let event = try nextEvent(patience)
            if !link.isLeaving { reconnection.heard() }
            return try news(event)
        } catch {
            guard error.isEnd else { throw error }
            try comeBack()
            return nil
        }
    }

    private func nextEvent(_ patience: Patience) throws(ClientError) -> ClientEvent {
        let frame = try link.nextFrame(patience)
        do {
            return try ClientEvent(frame, &link.strings)
        } catch {
            throw .protocolViolation(error.description)
        }
    }

    private func news(_ event: ClientEvent) throws(ClientError) -> News? {
        switch event {
        case .admitted(let number, let admitted):
            return try judge(number, requests.admitted(number, admitted)) {
                .admitted(
                    admitted.request, ticket: admitted.ticket.withUnsafeBytes { Array($0) },
                    warning: admitted.warning)
            }
        case .status(let number, let status):
            return try judge(number, requests.news(number)) { .status(status) }
        case .started(let number, let attempt):
            return try judge(number, requests.started(number, attempt: attempt)) {
                .started(attempt: attempt)
            }
        case .progress(let number, let progress):
            return try judge(number, requests.news(number)) { .progress(progress) }
        case .log(let number, let line):
            return try judge(number, requests.news(number)) { .log(line) }
        case .chunk(let number, let chunk):
            // It is taken even if it is dropped: the descriptor came with it.
            let content = try Content(chunk.payload, from: &link.descriptors)
            return try judge(number, requests.chunk(number, sequence: chunk.sequence)) {
                .chunk(sequence: chunk.sequence, content)
            }
        case .outcome(let number, let report):
            let content = try Content(report.payload, from: &link.descriptors)
            return try judge(number, requests.ended(number)) {
                .outcome(RequestOutcome(report, content: content))
            }
        case .link(let message):
            try link.heed(message)
            return nil
        }
    }

    private func judge(
        _ number: RequestNumber, _ verdict: LiveRequests.Verdict,
        _ update: () -> RequestUpdate
    ) throws(ClientError) -> News? {
        switch verdict {
        case .pass: return News(number: number, update: .success(update()))
        case .drop: return nil
        case .fail(let error):
            if welcome.features.contains(.leaving) {
                try link.send { out in ClientRequest.leave(number).encode(into: &out) }
            }
            return News(number: number, update: .failure(error))
        case .giveUp(let error):
            try link.send { out in ClientRequest.cancel(number).encode(into: &out) }
            return News(number: number, update: .failure(error))
        }
    }

    // MARK: Saying it, and saying it again

    private func comeBack() throws(ClientError) {
        link = try reconnection.reopen()
        for asked in requests.askedAgain(at: .now) { try say(asked) }
        try link.flush()
        onReturn?()
    }

    private func say(_ asked: LiveRequests.Asked) throws(ClientError) {
        let number = asked.number
        // Whoever heard of it on a connection before is not told of it on this one.
        guard !asked.isLeft || asked.fetched == nil || asked.isCancelled else {
            return leave(asked)
        }
        if let request = asked.fetched {
            guard welcome.features.contains(.detached) else { return refuse(asked, request) }
            try link.send { out in
                ClientRequest.fetch(number, asked.fetch(request)).encode(into: &out)
            }
        } else {
            try link.send(asked.content) { payload, out in
                ClientRequest.submit(number, asked.submit(payload)).encode(into: &out)
            }
        }
        if let watch = asked.watch {
            try link.send { out in ClientRequest.watch(number, watch).encode(into: &out) }
        }
        if asked.isCancelled {
            try link.send { out in ClientRequest.cancel(number).encode(into: &out) }
        }
        guard asked.isLeft, welcome.features.contains(.leaving) else { return }
        try link.send { out in ClientRequest.leave(number).encode(into: &out) }
    }

    /// What the daemon would say to who leaves.
    private func leave(_ asked: LiveRequests.Asked) {
        end(asked, OutcomeReport(.clientGone, message: "its client wants to hear no more of it"))
    }

    /// A daemon that does not know FETCH is not sent one: what it would say is said here.
    private func refuse(_ asked: LiveRequests.Asked, _ request: RequestID) {
        end(
            asked,
            OutcomeReport(
                .unsupported,
                message: "this daemon keeps no detached requests, so request \(request) cannot be "
                    + "fetched; ask the operator to give it a state directory"))
    }

    private func end(_ asked: LiveRequests.Asked, _ report: OutcomeReport) {
        guard requests.ended(asked.number) == .pass else { return }
        let outcome = RequestOutcome(report, content: Content([]))
        setAside.append(News(number: asked.number, update: .success(.outcome(outcome))))
    }
}

extension LiveRequests.Asked {
    fileprivate func fetch(_ request: RequestID) -> Fetch {
        var fetch = Fetch(request)
        (fetch.ticket, fetch.attempt, fetch.chunks) = (ticket, attempt, chunks)
        return fetch
    }

    fileprivate func submit(_ payload: Payload) -> Submit {
        var submit = Submit(function: function, payload: payload)
        submit.queueTimeout = Span(options.queueTimeout)
        submit.execTimeout = Span(options.execTimeout)
        submit.deadline = Span(options.deadline)
        submit.maxWait = Span(options.maxWait)
        (submit.wantsStatus, submit.detached) = (options.wantsStatus, options.detached)
        submit.caller = options.caller
        (submit.ticket, submit.attempt, submit.chunks) = (ticket, attempt, chunks)
        return submit
    }
}

import SluiceModel

// Clients come, ask and go: who is admitted, and what is said to who is not.

extension Engine {
    mutating func join(_ client: ClientID, _ caller: Caller) {
        precondition(clients[client] == nil, "client \(client) joined twice")
        clients[client] = Client(caller: caller)
    }

    /// Cancels what the client had attached. Nobody is left to be told.
    mutating func leave(_ client: ClientID, at now: Instant, into effects: inout [Effect]) {
        guard let departed = clients.removeValue(forKey: client) else { return }
        // A dictionary's order is random; the order of what follows must not be.
        for index in departed.requests.values.sorted(by: { requests[$0].id < requests[$1].id }) {
            conclude(index, .clientGone, at: now, into: &effects)
        }
    }

    mutating func submit(
        _ submission: Submission, from client: ClientID, at now: Instant,
        into effects: inout [Effect]
    ) {
        // The client stays where it is: a copy would make its table of requests be copied, too.
        guard let asker = clients[client].map({ Asker(caller: $0.caller, live: $0.requests.count) })
        else { return effects.append(.release(submission.body)) }  // it left meanwhile
        if let known = clients[client]?.requests[submission.number] {
            return repeatAdmission(of: known, instead: submission, into: &effects)
        }
        let function = functionsByName[submission.function]
        if let refusal = refusal(of: submission, for: function, by: asker, at: now) {
            return refuse(submission, from: client, refusal, into: &effects)
        }
        guard let function else { return }
        admit(submission, to: function, from: client, asker.caller, at: now)
    }

    mutating func cancel(
        _ number: RequestNumber, of client: ClientID, at now: Instant,
        into effects: inout [Effect]
    ) {
        // Not live any more: the outcome is on its way.
        guard let index = clients[client]?.requests[number] else { return }
        conclude(index, .cancelledByClient, at: now, into: &effects)
    }

    // MARK: Admission

    /// The client repeated a number that is live: it lost the answer, not the request.
    private func repeatAdmission(
        of index: Index<Request>, instead submission: Submission, into effects: inout [Effect]
    ) {
        effects.append(.release(submission.body))
        guard requests[index].isAnnounced else { return }
        effects.append(
            .admitted(
                requests[index].client, requests[index].number, requests[index].id,
                isGranted: false))
    }

    /// Everything that can be said against a request as it arrives. Whether there is room for it
    /// to wait is seen after the turn's decisions, when it may not need to; see `settleArrivals`.
    private mutating func refusal(
        of submission: Submission, for index: Index<Function>?, by asker: Asker, at now: Instant
    ) -> (Code, Refusal)? {
        guard let index else {
            return (.unknownFunction, Refusal(place: submission.function, depth: 0))
        }
        // Rows are looked at where they are: a copy of one costs more than the rest of this.
        if let code = code(forAttributesOf: submission) { return (code, here(index)) }
        if !(functions[index].rules.allowUsers?.contains(asker.caller.user) ?? true) {
            return (.notPermitted, here(index))
        }
        guard submission.bytes <= settings.maxRequestBytes else {
            let limit = settings.maxRequestBytes
            return (.tooLarge, here(index).limited(to: limit, "max_request_bytes"))
        }
        if let closed = closedPlace(of: index) { return (.draining, closed) }
        if let quota = exceededQuota(of: asker) { return (.overQuota, quota) }
        guard heldBytes + submission.heldBytes <= settings.maxBytes else {
            return (
                .queueFull,
                Refusal(
                    place: "daemon", depth: waiting, limit: settings.maxBytes, key: "max_bytes",
                    retryAfter: timeUntilPlace(in: functions[index].queue, at: now))
            )
        }
        if submission.holdsFile, heldFiles >= settings.maxFiles {
            return (
                .queueFull,
                Refusal(
                    place: "daemon", depth: waiting, limit: settings.maxFiles, key: "max_files",
                    retryAfter: timeUntilPlace(in: functions[index].queue, at: now))
            )
        }
        return tooLongWait(for: submission, index, at: now)
    }

    private func here(_ index: Index<Function>) -> Refusal {
        Refusal(place: functions[index].name, depth: functions[index].waiting)
    }

    /// What the protocol has room for and this daemon does not do.
    private func code(forAttributesOf submission: Submission) -> Code? {
        // Without a store there is nothing that outlives a connection.
        if submission.isDetached { return .unsupported }
        // Nobody is listed as a gateway, so nobody may speak for others.
        return submission.onBehalfOf == nil ? nil : .notPermitted
    }

    private func closedPlace(of index: Index<Function>) -> Refusal? {
        if hold == .draining { return Refusal(place: "daemon", depth: waiting) }
        let queue = functions[index].queue
        if queues[queue].hold == .draining {
            return Refusal(place: queues[queue].name, depth: queues[queue].waiting.count)
        }
        return functions[index].hold == .draining ? here(index) : nil
    }

    private func exceededQuota(of asker: Asker) -> Refusal? {
        if asker.live >= Limits.requestsPerClient {
            return Refusal(
                place: "connection", depth: asker.live,
                limit: Limits.requestsPerClient)
        }
        let live = requestsByUser[asker.caller.user] ?? 0
        guard !settings.maxRequestsPerUser.allows(oneMoreThan: live) else { return nil }
        return Refusal(
            place: "user \(asker.caller.user)", depth: live,
            limit: settings.maxRequestsPerUser.number, key: "max_requests_per_user")
    }

    private mutating func tooLongWait(
        for submission: Submission, _ index: Index<Function>, at now: Instant
    ) -> (Code, Refusal)? {
        let queue = functions[index].queue
        let asked = shortest(submission.maxWait, queues[queue].rules.maxWait)
        guard let longest = asked, let wait = predictedWait(for: index, at: now), wait > longest
        else { return nil }
        return (
            .waitTooLong,
            Refusal(
                place: queues[queue].name, depth: queues[queue].waiting.count,
                retryAfter: .nanoseconds(wait.nanoseconds - longest.nanoseconds))
        )
    }

    private mutating func refuse(
        _ submission: Submission, from client: ClientID, _ refusal: (code: Code, Refusal),
        into effects: inout [Effect]
    ) {
        lastRequest += 1
        outcomes[refusal.code, default: 0] += 1
        effects.append(
            .outcome(
                client, submission.number,
                Conclusion(
                    request: RequestID(rawValue: lastRequest), code: refusal.code,
                    refusal: refusal.1)))
        effects.append(.release(submission.body))
    }

    private mutating func admit(
        _ submission: Submission, to function: Index<Function>, from client: ClientID,
        _ caller: Caller, at now: Instant
    ) {
        lastRequest += 1
        let id = RequestID(rawValue: lastRequest)
        let index = register(submission, as: id, of: function, from: client, caller, at: now)
        enterLine(index)
        armTimer(of: index)
        arrivals.append(Arrival(index: index, id: id))
    }

    /// A row for a request, and a number for its client. It does not wait yet.
    mutating func register(
        _ submission: Submission, as id: RequestID, of function: Index<Function>,
        from client: ClientID, _ caller: Caller, at now: Instant
    ) -> Index<Request> {
        let queueTimeout = shortest(
            submission.queueTimeout, functions[function].rules.queueTimeout)
        let index = requests.insert(
            Request(
                id: id, client: client, number: submission.number, caller: caller,
                body: submission.body, bytes: submission.bytes, heldBytes: submission.heldBytes,
                holdsFile: submission.holdsFile,
                function: function,
                enqueuedAt: now,
                deadlineAt: submission.deadline.map { now + $0 } ?? .distantFuture,
                execTimeout: shortest(
                    submission.execTimeout, functions[function].rules.execTimeout),
                queueTimeoutAt: queueTimeout.map { now + $0 } ?? .distantFuture))
        requestsByID[id] = index
        clients[client]?.requests[submission.number] = index
        requestsByUser[caller.user, default: 0] += 1
        functions[function].live += 1
        if submission.holdsFile { heldFiles += 1 }
        if submission.wantsStatus { requests[index].watch = Watch() }
        return index
    }

    /// Tells the turn's newcomers what became of them: those that found no room to wait are
    /// refused, the youngest first, and the others are told that they are in.
    mutating func settleArrivals(at now: Instant, into effects: inout [Effect]) {
        // The queues' bounds before the daemon's: what one queue refuses leaves room in all.
        refuseArrivals(at: now, into: &effects) { $0.queueOverflow(of: $1, at: $2) }
        refuseArrivals(at: now, into: &effects) { $0.daemonOverflow(of: $1, at: $2) }
        for arrival in arrivals where isLive(arrival) {
            announce(arrival.index, at: now, into: &effects)
            beginWatching(arrival.index, at: now, into: &effects)
        }
        arrivals.removeAll(keepingCapacity: true)
    }

    private mutating func refuseArrivals(
        at now: Instant, into effects: inout [Effect],
        where overflow: (inout Engine, Index<Request>, Instant) -> Refusal?
    ) {
        for arrival in arrivals.reversed() where isWaiting(arrival) {
            guard let refusal = overflow(&self, arrival.index, now) else { continue }
            conclude(arrival.index, .queueFull, refusal: refusal, at: now, into: &effects)
        }
    }

    private func isLive(_ arrival: Arrival) -> Bool {
        requests[arrival.index].id == arrival.id && !requests[arrival.index].isOver
    }

    func isWaiting(_ arrival: Arrival) -> Bool {
        isLive(arrival) && requests[arrival.index].isWaiting
    }

    /// Why the request's queue cannot hold it too.
    private mutating func queueOverflow(of index: Index<Request>, at now: Instant) -> Refusal? {
        let queue = functions[requests[index].function].queue
        let depth = queues[queue].waiting.count
        let limit = queues[queue].rules.maxSize
        guard limit.excess(of: depth) > 0 else { return nil }
        return Refusal(
            place: queues[queue].name, depth: depth - 1, limit: limit.number,
            key: "max_size", retryAfter: timeUntilPlace(in: queue, at: now))
    }

    /// Why the daemon cannot hold it too.
    private mutating func daemonOverflow(of index: Index<Request>, at now: Instant) -> Refusal? {
        guard settings.maxSize.excess(of: waiting) > 0 else { return nil }
        let queue = functions[requests[index].function].queue
        return Refusal(
            place: "daemon", depth: waiting - 1, limit: settings.maxSize.number,
            key: "max_size", retryAfter: timeUntilPlace(in: queue, at: now))
    }
}

/// Who submits, as far as admission is concerned.
private struct Asker {
    let caller: Caller
    /// Its live requests.
    let live: Int
}

/// A request that came in this turn; its index may have been freed and used again since.
struct Arrival {
    let index: Index<Request>
    let id: RequestID
}

/// The shorter of two spans of which either may not be given.
private func shortest(_ a: Duration?, _ b: Duration?) -> Duration? {
    guard let a, let b else { return a ?? b }
    return min(a, b)
}

extension Refusal {
    fileprivate func limited(to limit: Int, _ key: String) -> Refusal {
        Refusal(place: place, depth: depth, limit: limit, key: key, retryAfter: retryAfter)
    }
}

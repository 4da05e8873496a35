import SluiceModel

// Clients come, ask and go: who is admitted, and what is said to who is not.

extension Engine {
    mutating func join(_ client: ClientID, _ caller: Caller) {
        precondition(clientsByID[client] == nil, "client \(client) joined twice")
        let user = usersByID[caller.user] ?? users.insert(User(id: caller.user))
        usersByID[caller.user] = user
        users[user].clients += 1
        clientsByID[client] = clients.insert(Client(id: client, caller: caller, user: user))
    }

    /// Cancels what the client had attached. Nobody is left to be told.
    mutating func leave(_ client: ClientID, at now: Instant, into effects: inout [Effect]) {
        guard let departed = clientsByID.removeValue(forKey: client) else { return }
        clients[departed].isPresent = false
        // A dictionary's order is random; the order of what follows must not be.
        let left = clients[departed].requests.values.sorted { requests[$0].id < requests[$1].id }
        for index in left { conclude(index, .clientGone, at: now, into: &effects) }
        let user = clients[departed].user
        users[user].clients -= 1
        if users[user].clients == 0 {
            usersByID[users[user].id] = nil
            users.free(user)
        }
        // A freed row keeps its storage, and one that asked for much shall not be paid for.
        clients[departed].requests = [:]
        clients.free(departed)
    }

    mutating func submit(
        _ submission: Submission, from client: ClientID, at now: Instant,
        into effects: inout [Effect]
    ) {
        guard let asker = clientsByID[client]
        else { return effects.append(.release(submission.body)) }  // it left meanwhile
        if let known = clients[asker].requests[submission.number] {
            return repeatAdmission(of: known, instead: submission, into: &effects)
        }
        let function = function(asked: submission.function)
        if let refusal = refusal(of: submission, for: function, by: asker, at: now) {
            return refuse(submission, from: client, refusal, into: &effects)
        }
        guard let function else { return }
        admit(submission, to: function, from: asker, at: now)
    }

    private mutating func function(asked name: String) -> Index<Function>? {
        if !lastAsked.function.isNone, lastAsked.name == name { return lastAsked.function }
        guard let function = functionsByName[name] else { return nil }
        lastAsked = (name, function)
        return function
    }

    mutating func cancel(
        _ number: RequestNumber, of client: ClientID, at now: Instant,
        into effects: inout [Effect]
    ) {
        // Not live any more: the outcome is on its way.
        guard let index = request(number, of: client) else { return }
        conclude(index, .cancelledByClient, at: now, into: &effects)
    }

    /// The live request that a client calls so.
    func request(_ number: RequestNumber, of client: ClientID) -> Index<Request>? {
        clientsByID[client].flatMap { clients[$0].requests[number] }
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
                clients[requests[index].client].id, requests[index].number, requests[index].id,
                isGranted: false))
    }

    /// Everything that can be said against a request as it arrives. Whether there is room for it
    /// to wait is seen after the turn's decisions, when it may not need to; see `settleArrivals`.
    private mutating func refusal(
        of submission: Submission, for index: Index<Function>?, by asker: Index<Client>,
        at now: Instant
    ) -> (Code, Refusal)? {
        guard let index else {
            return (.unknownFunction, Refusal(place: submission.function, depth: 0))
        }
        // Rows are looked at where they are: a copy of one costs more than the rest of this.
        if let code = code(forAttributesOf: submission) { return (code, here(index)) }
        if !(functions[index].rules.allowUsers?.contains(clients[asker].caller.user) ?? true) {
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

    private func exceededQuota(of asker: Index<Client>) -> Refusal? {
        let own = clients[asker].requests.count
        if own >= Limits.requestsPerClient {
            return Refusal(place: "connection", depth: own, limit: Limits.requestsPerClient)
        }
        let user = clients[asker].user
        guard !settings.maxRequestsPerUser.allows(oneMoreThan: users[user].live) else {
            return nil
        }
        return Refusal(
            place: "user \(users[user].id)", depth: users[user].live,
            limit: settings.maxRequestsPerUser.number, key: "max_requests_per_user")
    }

    private mutating func tooLongWait(
        for submission: Submission, _ index: Index<Function>, at now: Instant
    ) -> (Code, Refusal)? {
        let queue = functions[index].queue
        let longest = Span.shorter(submission.spans.maxWait, queues[queue].rules.maxWaitSpan)
        guard longest.isGiven, let wait = predictedWait(for: index, at: now)?.nanoseconds,
            wait > longest.nanoseconds
        else { return nil }
        return (
            .waitTooLong,
            Refusal(
                place: queues[queue].name, depth: queues[queue].waiting.count,
                retryAfter: .nanoseconds(wait - longest.nanoseconds))
        )
    }

    private mutating func refuse(
        _ submission: Submission, from client: ClientID, _ refusal: (code: Code, Refusal),
        into effects: inout [Effect]
    ) {
        lastRequest += 1
        troubles[refusal.code, default: 0] += 1
        effects.append(
            .outcome(
                client, submission.number,
                Conclusion(
                    request: RequestID(rawValue: lastRequest), code: refusal.code,
                    refusal: refusal.1)))
        effects.append(.release(submission.body))
    }

    private mutating func admit(
        _ submission: Submission, to function: Index<Function>, from client: Index<Client>,
        at now: Instant
    ) {
        lastRequest += 1
        let id = RequestID(rawValue: lastRequest)
        let index = register(submission, as: id, of: function, from: client, at: now)
        enterLine(index)
        wind(index, submission, at: now)
        arrivals.append(Arrival(index: index, id: id))
    }

    /// A row for a request, and a number for its client. It does not wait yet.
    mutating func register(
        _ submission: Submission, as id: RequestID, of function: Index<Function>,
        from client: Index<Client>, at now: Instant
    ) -> Index<Request> {
        let index = requests.insert(
            Request(id: id, of: client, submission, for: function, at: now))
        requestsByID.insert(id, index)
        clients[client].requests[submission.number] = index
        users[clients[client].user].live += 1
        functions[function].live += 1
        if submission.holdsFile { heldFiles += 1 }
        if submission.wantsStatus { requests[index].watch = watches.insert(Watch(of: index)) }
        return index
    }

    /// Notes the timeouts of a request, if it has any.
    mutating func wind(
        _ index: Index<Request>, _ submission: Submission, at now: Instant
    ) {
        let function = requests[index].function
        let spans = submission.spans
        let queueTimeout = Span.shorter(
            spans.queueTimeout, functions[function].rules.queueTimeoutSpan)
        let execTimeout = Span.shorter(
            spans.execTimeout, functions[function].rules.execTimeoutSpan)
        guard queueTimeout.isGiven || execTimeout.isGiven || spans.deadline.isGiven else { return }
        requests[index].clockwork = clockworks.insert(
            Clockwork(
                deadlineAt: spans.deadline.end(from: now), execTimeout: execTimeout,
                queueTimeoutAt: queueTimeout.end(from: now)))
        armTimer(of: index)
    }

    /// Tells the turn's newcomers what became of them: those that found no room to wait are
    /// refused, the youngest first, and the others are told that they are in.
    mutating func settleArrivals(at now: Instant, into effects: inout [Effect]) {
        // The queues' bounds before the daemon's: what one queue refuses leaves room in all.
        for arrival in arrivals.reversed() where isWaiting(arrival) {
            guard let refusal = queueOverflow(of: arrival.index, at: now) else { continue }
            conclude(arrival.index, .queueFull, refusal: refusal, at: now, into: &effects)
        }
        for arrival in arrivals.reversed() {
            guard settings.maxSize.excess(of: waiting) > 0 else { break }
            guard isWaiting(arrival) else { continue }
            let refusal = daemonOverflow(of: arrival.index, at: now)
            conclude(arrival.index, .queueFull, refusal: refusal, at: now, into: &effects)
        }
        for arrival in arrivals where isLive(arrival) {
            announce(arrival.index, at: now, into: &effects)
            beginWatching(arrival.index, at: now, into: &effects)
        }
        arrivals.removeAll(keepingCapacity: true)
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
    private mutating func daemonOverflow(of index: Index<Request>, at now: Instant) -> Refusal {
        let queue = functions[requests[index].function].queue
        return Refusal(
            place: "daemon", depth: waiting - 1, limit: settings.maxSize.number,
            key: "max_size", retryAfter: timeUntilPlace(in: queue, at: now))
    }
}

/// A request that came in this turn; its index may have been freed and used again since.
struct Arrival {
    let index: Index<Request>
    let id: RequestID
}

extension Refusal {
    fileprivate func limited(to limit: Int, _ key: String) -> Refusal {
        Refusal(place: place, depth: depth, limit: limit, key: key, retryAfter: retryAfter)
    }
}

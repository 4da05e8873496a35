import SluiceModel

// Clients come, ask and go: who is admitted, and what is said to who is not.

extension Engine {
    mutating func join(_ client: ClientID, _ caller: Caller) {
        precondition(clientsByID[client] == nil, "client \(client) joined twice")
        let user = user(caller.user)
        users[user].clients += 1
        clientsByID[client] = clients.insert(Client(id: client, caller: caller, user: user))
    }

    /// Cancels what the client had attached. Nobody is left to be told.
    mutating func leave(_ client: ClientID, at now: Instant, into effects: inout Effects) {
        guard let departed = clientsByID.removeValue(forKey: client) else { return }
        clients[departed].isPresent = false
        let left = requestsByNumber.rows(of: clients[departed].requests)
            .sorted { requests[$0].id < requests[$1].id }
        for index in left { conclude(index, .clientGone, at: now, into: &effects) }
        stopListening(departed)
        let user = clients[departed].user
        users[user].clients -= 1
        collect(user)
        clients.free(departed)
    }

    // MARK: Users

    mutating func user(_ id: UInt32) -> Index<User> {
        if let known = usersByID[id] { return known }
        let user = users.insert(User(id: id))
        usersByID[id] = user
        return user
    }

    /// One request less of a user.
    mutating func letGo(of user: Index<User>) {
        users[user].live -= 1
        collect(user)
    }

    // MARK: Asking

    mutating func submit(
        _ ask: Ask, for name: String, from client: ClientID,
        countedFor account: Index<User> = .none, at now: Instant, into effects: inout Effects
    ) {
        guard let asker = clientsByID[client]
        else { return effects.append(.release(ask.body)) }  // it left meanwhile
        if let known = request(ask.number, of: asker) {
            return repeatAdmission(of: known, instead: ask, into: &effects)
        }
        if !clients[asker].listening.isEmpty, let known = clients[asker].listening[ask.number] {
            effects.append(.release(ask.body))
            let listener = Listener(client: client, number: ask.number)
            return repeatAdmission(of: known, to: listener, &effects)
        }
        guard let function = function(asked: name) else {
            let refusal = Refusal(place: name, depth: 0)
            return refuse(ask, from: asker, .unknownFunction, refusal, into: &effects)
        }
        let account = account.isNone ? clients[asker].user : account
        if let objection = objection(to: ask, for: function, by: asker, account, at: now) {
            let (code, refusal) = refusal(for: objection, function, by: asker, account, at: now)
            return refuse(ask, from: asker, code, refusal, into: &effects)
        }
        guard !ask.isDetached else {
            return beginStoring(ask, to: function, from: asker, countedFor: account, at: now)
        }
        admit(ask, to: function, from: asker, countedFor: account, at: now)
    }

    private mutating func function(asked name: String) -> Index<Function>? {
        if !lastAsked.function.isNone, lastAsked.name == name { return lastAsked.function }
        guard let function = functionsByName[name] else { return nil }
        lastAsked = (name, function)
        return function
    }

    mutating func cancel(
        _ number: RequestNumber, of client: ClientID, at now: Instant,
        into effects: inout Effects
    ) {
        // Not live any more: the outcome is on its way.
        guard let index = request(number, of: client) else {
            guard let asker = clientsByID[client], let id = clients[asker].listening[number] else {
                return
            }
            return cancel(detached: id, at: now, into: &effects)
        }
        conclude(index, .cancelledByClient, at: now, into: &effects)
    }

    /// The live request that a client calls so.
    mutating func request(_ number: RequestNumber, of client: ClientID) -> Index<Request>? {
        clientsByID[client].flatMap { request(number, of: $0) }
    }

    @inline(__always)
    func request(_ number: RequestNumber, of client: Index<Client>) -> Index<Request>? {
        requestsByNumber.row(of: number, client, clients[client].requests)
    }

    // MARK: Admission

    /// A number that nothing has yet.
    mutating func nextRequest() -> RequestID {
        lastRequest += 1
        return RequestID(rawValue: lastRequest)
    }

    /// The client repeated a number that is live: it lost the answer, not the request.
    private mutating func repeatAdmission(
        of index: Index<Request>, instead ask: Ask, into effects: inout Effects
    ) {
        effects.append(.release(ask.body))
        guard requests[index].isAnnounced else { return }
        effects.append(
            .admitted(
                clients[requests[index].client].id, requests[index].number, requests[index].id,
                isGranted: false))
    }

    private mutating func admit(
        _ ask: Ask, to function: Index<Function>, from client: Index<Client>,
        countedFor account: Index<User>, at now: Instant
    ) {
        let id = nextRequest()
        let index = register(
            ask, as: id, of: function, from: client, countedFor: account, at: now)
        enterLine(index)
        wind(index, ask, at: now)
        arrivals.append(Arrival(index: index, id: id))
    }

    /// A row for a request, and a number for its client. It does not wait yet.
    mutating func register(
        _ ask: Ask, as id: RequestID, of function: Index<Function>,
        from client: Index<Client>, countedFor account: Index<User>, at now: Instant
    ) -> Index<Request> {
        let index = requests.insert(
            Request(id: id, of: client, ask, for: function, at: now))
        requestsByID.insert(id, index)
        requestsByNumber.insert(ask.number, index, client, &clients[client].requests)
        count(index, holdsFile: ask.holdsFile, for: account)
        functions[function].live += 1
        if ask.wantsStatus { requests[index].watch = watches.insert(Watch(of: index)) }
        return index
    }

    /// Notes the timeouts of a request, if it has any.
    mutating func wind(
        _ index: Index<Request>, _ ask: Ask, at now: Instant
    ) {
        let function = requests[index].function
        let deadline = ask.deadline
        let queueTimeout = Span.shorter(
            ask.queueTimeout, functions[function].rules.queueTimeoutSpan)
        let execTimeout = Span.shorter(
            ask.execTimeout, functions[function].rules.execTimeoutSpan)
        guard queueTimeout.isGiven || execTimeout.isGiven || deadline.isGiven else { return }
        requests[index].clockwork = clockworks.insert(
            Clockwork(
                deadlineAt: deadline.end(from: now), execTimeout: execTimeout,
                queueTimeoutAt: queueTimeout.end(from: now)))
        armTimer(of: index)
    }

    /// Tells the turn's newcomers what became of them: those that found no room to wait are
    /// refused, the youngest first, and the others are told that they are in.
    mutating func settleArrivals(at now: Instant, into effects: inout Effects) {
        // The queues' bounds before the daemon's: what one queue refuses leaves room in all.
        refuseNewcomers(over: .queue, at: now, into: &effects)
        refuseNewcomers(over: .daemon, at: now, into: &effects)
        for arrival in arrivals where isLive(arrival) {
            announce(arrival.index, at: now, into: &effects)
            beginWatching(arrival.index, at: now, into: &effects)
        }
        arrivals.removeAll(keepingCapacity: true)
    }

    private enum Bound { case queue, daemon }

    /// Refuses, the youngest first, those that find no room: those that wait by now, and those
    /// on their way into the store, which always will.
    private mutating func refuseNewcomers(
        over bound: Bound, at now: Instant, into effects: inout Effects
    ) {
        var stored = detached.newcomers.count
        for arrival in arrivals.reversed() where isWaiting(arrival) {
            while stored > 0, detached.newcomers[stored - 1] > arrival.id {
                stored -= 1
                refuseStored(at: stored, over: bound, at: now, into: &effects)
            }
            let function = requests[arrival.index].function
            let queue = functions[function].queue
            guard let refusal = overflow(of: queue, over: bound, at: now) else {
                if case .daemon = bound { return }
                continue
            }
            if !functions[function].promised.isEmpty { hasHeldUp = true }
            conclude(arrival.index, .queueFull, refusal: refusal, at: now, into: &effects)
        }
        while stored > 0 {
            stored -= 1
            refuseStored(at: stored, over: bound, at: now, into: &effects)
        }
    }

    private mutating func refuseStored(
        at position: Int, over bound: Bound, at now: Instant, into effects: inout Effects
    ) {
        let id = detached.newcomers[position]
        guard let function = detached.storing[id]?.function,
            let refusal = overflow(of: functions[function].queue, over: bound, at: now)
        else { return }
        refuseNewcomer(id, refusal, into: &effects)
    }

    private mutating func isLive(_ arrival: Arrival) -> Bool {
        requests[arrival.index].id == arrival.id && !requests[arrival.index].isOver
    }

    mutating func isWaiting(_ arrival: Arrival) -> Bool {
        isLive(arrival) && requests[arrival.index].isWaiting
    }

    /// Why a request more in the queue finds no room.
    private mutating func overflow(
        of queue: Index<Queue>, over bound: Bound, at now: Instant
    ) -> Refusal? {
        switch bound {
        case .queue: queueOverflow(of: queue, at: now)
        case .daemon: daemonOverflow(of: queue, at: now)
        }
    }

    private mutating func queueOverflow(of queue: Index<Queue>, at now: Instant) -> Refusal? {
        let depth = queues[queue].waiting.count + storing(in: queue)
        let limit = queues[queue].rules.maxSize
        guard limit.excess(of: depth) > 0 else { return nil }
        return Refusal(
            place: queues[queue].name, depth: depth - 1, limit: limit.number,
            key: "max_size", retryAfter: timeUntilPlace(in: queue, at: now))
    }

    private mutating func daemonOverflow(of queue: Index<Queue>, at now: Instant) -> Refusal? {
        let depth = waiting + detached.storing.count
        guard settings.maxSize.excess(of: depth) > 0 else { return nil }
        return Refusal(
            place: "daemon", depth: depth - 1, limit: settings.maxSize.number,
            key: "max_size", retryAfter: timeUntilPlace(in: queue, at: now))
    }
}

/// A request that came in this turn; its index may have been freed and used again since.
struct Arrival {
    let index: Index<Request>
    let id: RequestID
}

import SluiceModel

// Detached requests outlive their clients' connections. The rule, as DETACHED REQUESTS in
// sluice(7) promises it:
//
//   Accepted is what is stored, and told as accepted only then. It belongs to its user; who of
//   that user listens is told the same as for any other request. Its outcome is stored before
//   anybody is told. Sent again, it is recognised, and neither stored nor run a second time.
//
//   objection ─▶ (known from before?) ─▶ refused, or the one that is known
//   accepted by the rules ─▶ storing ─▶ waiting ... ended ─▶ settling ─▶ outcome
//
// While it is stored it waits for the disk, so it needs room to wait, even where it could start
// at once. It is not in line, because nothing that a crash could forget may run.

extension Engine {
    // MARK: On the way into the store

    mutating func beginStoring(
        _ ask: Ask, to function: Index<Function>, from client: Index<Client>,
        countedFor account: Index<User>, at now: Instant
    ) {
        let id = nextRequest()
        var storing = Storing(
            function: function, user: account, ask: ask, enqueuedAt: now,
            origin: origin(of: ask.number, client), repeats: nil, token: nil)
        storing.listeners = [Listener(client: clients[client].id, number: ask.number)]
        clients[client].listening[ask.number] = id
        begin(storing, as: id)
    }

    /// By which what a client calls so is known again.
    private mutating func origin(of number: RequestNumber, _ client: Index<Client>) -> Origin {
        let caller = clients[client].caller
        return Origin(user: caller.user, session: caller.session, number: number)
    }

    mutating func begin(_ storing: Storing, as id: RequestID) {
        functions[storing.function].live += 1
        functions[storing.function].storing += 1
        users[storing.user].live += 1
        hold(storing.ask, 1, for: storing.user)
        detached.storing[id] = storing
        detached.newcomers.append(id)
    }

    /// It is not stored, and there is nothing left of it but those who wait to be told.
    private mutating func dropStoring(_ id: RequestID, into effects: inout Effects) -> Storing? {
        guard let storing = endStoring(id) else { return nil }
        functions[storing.function].live -= 1
        letGo(of: storing.user)
        effects.append(.release(storing.ask.body))
        for listener in storing.listeners { stopListening(listener) }
        return storing
    }

    /// It is not on its way any more. Its user keeps it, until the caller says otherwise.
    private mutating func endStoring(_ id: RequestID) -> Storing? {
        guard let storing = detached.storing.removeValue(forKey: id) else { return nil }
        functions[storing.function].storing -= 1
        hold(storing.ask, -1, for: storing.user)
        return storing
    }

    /// Counts what a payload takes, or takes no longer.
    private mutating func hold(_ ask: Ask, _ sign: Int, for user: Index<User>) {
        heldBytes += sign * ask.heldBytes
        users[user].bytes += sign * ask.heldBytes
        holdFile(of: ask, sign, for: user)
    }

    private mutating func holdFile(of ask: Ask, _ sign: Int, for user: Index<User>) {
        guard ask.holdsFile else { return }
        heldFiles += sign
        users[user].files += sign
    }

    /// Requests on their way into the store that will wait in a queue.
    mutating func storing(in queue: Index<Queue>) -> Int {
        guard !detached.storing.isEmpty else { return 0 }
        return queues[queue].functions.reduce(0) { $0 + functions[$1].storing }
    }

    /// Hands those of the turn's newcomers that found room to wait to the store.
    mutating func storeNewcomers(into effects: inout Effects) {
        guard !detached.newcomers.isEmpty else { return }
        let newcomers = detached.newcomers
        detached.newcomers.removeAll(keepingCapacity: true)
        for id in newcomers {
            guard let storing = detached.storing[id] else { continue }
            effects.append(
                other: .store(
                    .accept(
                        Keepsake(
                            request: id, origin: storing.origin, user: users[storing.user].id,
                            caller: users[storing.user].caller,
                            function: functions[storing.function].name, ask: storing.ask,
                            repeats: storing.repeats))))
        }
    }

    /// It finds no room to wait.
    mutating func refuseNewcomer(
        _ id: RequestID, _ refusal: Refusal, into effects: inout Effects
    ) {
        refuseStoring(id, .queueFull, refusal, into: &effects)
    }

    private mutating func refuseStoring(
        _ id: RequestID, _ code: Code, _ refusal: Refusal, into effects: inout Effects
    ) {
        guard let storing = dropStoring(id, into: &effects) else { return }
        if let token = storing.token {
            troubles[code, default: 0] += 1
            effects.append(other: .repeated(token: token, .failure(.refused(code, refusal))))
        }
        for listener in storing.listeners {
            // It may be there from before under whatever number the first who asked gave it.
            // A store that has too much on its way did not look.
            guard let origin = storing.origin, listener.number == origin.number else {
                refuse(listener, as: id, code, refusal, into: &effects)
                continue
            }
            doubt(
                listener, origin, code, refusal, wantsStatus: storing.ask.wantsStatus,
                into: &effects)
        }
    }

    // MARK: What may be known from before

    /// Refuses a detached request, unless the store knows that it was accepted before.
    mutating func refuseUnlessKnown(
        _ ask: Ask, from client: Index<Client>, _ code: Code, _ refusal: Refusal,
        into effects: inout Effects
    ) {
        effects.append(.release(ask.body))
        doubt(
            Listener(client: clients[client].id, number: ask.number),
            origin(of: ask.number, client), code, refusal, wantsStatus: ask.wantsStatus,
            into: &effects)
    }

    private mutating func doubt(
        _ listener: Listener, _ origin: Origin, _ code: Code, _ refusal: Refusal,
        wantsStatus: Bool, into effects: inout Effects
    ) {
        let id = nextRequest()
        guard detached.state == .open, detached.doubts.count < Limits.doubts else {
            return refuse(listener, as: id, code, refusal, into: &effects)
        }
        detached.doubts[id] = Doubt(
            listener: listener, code: code, refusal: refusal, wantsStatus: wantsStatus)
        // Its number is taken until it has an answer.
        if let client = clientsByID[listener.client] {
            clients[client].listening[listener.number] = id
        }
        effects.append(other: .store(.find(id, origin)))
    }

    mutating func refuse(
        _ listener: Listener, as id: RequestID, _ code: Code, _ refusal: Refusal,
        hasLeft: Bool = false, into effects: inout Effects
    ) {
        troubles[code, default: 0] += 1
        let told = hasLeft || clientsByID[listener.client] == nil ? nil : listener.client
        effects.append(
            other: .refused(
                told, listener.number, Conclusion(request: id, code: code), refusal))
    }

    mutating func settle(
        doubt id: RequestID, known: RequestID?, into effects: inout Effects
    ) {
        guard let doubt = detached.doubts.removeValue(forKey: id) else { return }
        if !doubt.hasLeft { stopListening(doubt.listener) }
        guard let known else {
            return refuse(
                doubt.listener, as: id, doubt.code, doubt.refusal, hasLeft: doubt.hasLeft,
                into: &effects)
        }
        guard !doubt.hasLeft else { return }
        listen(
            doubt.listener, to: Fetch(request: known), wantsStatus: doubt.wantsStatus,
            into: &effects)
    }

    // MARK: In the store

    mutating func take(_ word: StoreWord, at now: Instant, into effects: inout Effects) {
        switch word {
        case .state(let state): detached.state = state
        case .stored(let id, let acceptance): take(acceptance, of: id, at: now, into: &effects)
        case .found(let id, let known): settle(doubt: id, known: known, into: &effects)
        case .settled(let id, let settlement):
            take(settlement, of: id, at: now, into: &effects)
        case .recovered(let recovered): recover(recovered, at: now, into: &effects)
        }
    }

    mutating func take(
        _ acceptance: Acceptance, of id: RequestID, at now: Instant, into effects: inout Effects
    ) {
        switch acceptance {
        case .accepted: enter(id, at: now, into: &effects)
        case .known(let known):
            guard let storing = dropStoring(id, into: &effects) else { return }
            if let token = storing.token {
                // Somebody took the name that was to be the repetition's.
                let refusal = Refusal(place: "\(known)", depth: 0)
                effects.append(
                    other: .repeated(token: token, .failure(.refused(.storeFailed, refusal))))
            }
            for listener in storing.listeners {
                listen(
                    listener, to: Fetch(request: known), wantsStatus: storing.ask.wantsStatus,
                    into: &effects)
            }
        case .refused(let code):
            guard let storing = detached.storing[id] else { return }
            let function = functions[storing.function]
            let refusal = Refusal(place: function.name, depth: function.waiting)
            refuseStoring(id, code, refusal, into: &effects)
        }
    }

    /// A request that is stored waits, at its place.
    private mutating func enter(
        _ id: RequestID, at now: Instant, into effects: inout Effects
    ) {
        guard let storing = endStoring(id) else { return }
        let index = insert(
            storing.ask, as: id, of: storing.function, since: storing.enqueuedAt,
            for: Detached(user: storing.user, listeners: storing.listeners))
        // Only what came since is younger, so its place is near the end.
        functions[storing.function].line.insert(
            index, near: functions[storing.function].line.last, in: &requests)
        countWaiting(index)
        mark(functions[storing.function].queue)
        // Whoever is younger has one more ahead.
        statusChanged(in: functions[storing.function].queue)
        wind(index, storing.ask, at: storing.enqueuedAt)
        announce(index, at: now, into: &effects)
        if let token = storing.token {
            effects.append(other: .repeated(token: token, .success(id)))
        }
        watchFromNow(index)
        guard storing.isCancelled else { return }
        conclude(index, .cancelledByClient, at: now, into: &effects)
    }

    /// What must not run twice counts as begun from the moment in which a worker could begin.
    mutating func noteGranted(_ index: Index<Request>, into effects: inout Effects) {
        guard functions[requests[index].function].rules.retry == .never else { return }
        let attempt = Int(requests[index].attempts)
        effects.append(other: .store(.start(requests[index].id, attempt: attempt)))
    }

    /// What a worker says of it in part the store keeps, where it is detached.
    mutating func keep(
        _ kind: ReportKind, _ body: BodyID, of index: Index<Request>, into effects: inout Effects
    ) {
        guard requests[index].isDetached, case .chunk(let sequence) = kind else { return }
        let attempt = Int(requests[index].attempts)
        effects.append(
            other: .store(.keep(requests[index].id, attempt: attempt, sequence: sequence, body)))
    }

    /// A row for a detached request, which its function and its user count already.
    mutating func insert(
        _ ask: Ask, as id: RequestID, of function: Index<Function>, since moment: Instant,
        for owner: Detached
    ) -> Index<Request> {
        let index = requests.insert(
            Request(id: id, of: .none, ask, for: function, at: moment))
        requests[index].isDetached = true
        requestsByID.insert(id, index)
        holdFile(of: ask, 1, for: owner.user)
        if ask.wantsStatus { requests[index].watch = watches.insert(Watch(of: index)) }
        detached.live[id] = owner
        return index
    }
}

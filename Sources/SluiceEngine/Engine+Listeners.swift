import SluiceModel

// Who is told what becomes of a detached request: the client that asked, while its connection
// lasts, and whoever of the same user fetches it.

extension Engine {
    /// A client wants to be told of a request that it names, with all that it has not seen.
    mutating func fetch(
        _ fetch: Fetch, as number: RequestNumber, for client: ClientID,
        into effects: inout Effects
    ) {
        guard let asker = clientsByID[client] else { return }
        guard request(number, of: asker) == nil else { return }  // said twice
        if let known = clients[asker].listening[number] {
            guard known == fetch.request else { return }
            return repeatAdmission(
                of: known, to: Listener(client: client, number: number), &effects)
        }
        let listener = Listener(client: client, number: number)
        guard detached.state != .absent else {
            return refuse(listener, fetch, .unsupported, into: &effects)
        }
        guard liveRequests(of: asker) < Limits.requestsPerClient else {
            return refuse(listener, fetch, .overQuota, into: &effects)
        }
        listen(listener, to: fetch, into: &effects)
    }

    /// Live requests that a client is told of.
    mutating func liveRequests(of client: Index<Client>) -> Int {
        clients[client].requests.count + clients[client].listening.count
    }

    private mutating func refuse(
        _ listener: Listener, _ fetch: Fetch, _ code: Code, into effects: inout Effects
    ) {
        let depth = clientsByID[listener.client].map { liveRequests(of: $0) } ?? 0
        let place = code == .overQuota ? "connection" : "\(fetch.request)"
        let limit = code == .overQuota ? Limits.requestsPerClient : nil
        refuse(
            listener, as: fetch.request, code, Refusal(place: place, depth: depth, limit: limit),
            into: &effects)
    }

    /// The live detached request that a client calls so.
    func listened(_ number: RequestNumber, of client: ClientID) -> Index<Request>? {
        clientsByID[client].flatMap { clients[$0].listening[number] }.flatMap { requestsByID[$0] }
    }

    /// The same, for who sent it again, with what it asked for besides.
    mutating func listen(
        _ listener: Listener, to fetch: Fetch, wantsStatus: Bool, into effects: inout Effects
    ) {
        listen(listener, to: fetch, into: &effects)
        if wantsStatus { watch(listener.number, of: listener.client, true) }
    }

    /// Tells a client of a request from now on. One that ended is the store's to tell.
    mutating func listen(
        _ listener: Listener, to fetch: Fetch, into effects: inout Effects
    ) {
        guard let client = clientsByID[listener.client] else { return }
        let (id, user) = (fetch.request, clients[client].caller.user)
        if let known = detached.storing[id], mayListen(user, to: known.user, known.listeners) {
            detached.storing[id]?.listeners.append(listener)
            clients[client].listening[listener.number] = id
        } else if let known = detached.live[id], let index = requestsByID[id],
            mayListen(user, to: known.user, known.listeners)
        {
            detached.live[id]?.listeners.append(listener)
            clients[client].listening[listener.number] = id
            admit(listener, id, into: &effects)
            tellAgain(index)
            // Chunks follow, of an attempt that goes on in a worker that may be on its way back.
            if requests[index].state == .started || requests[index].hasSentChunk {
                effects.append(
                    .started(
                        listener.client, listener.number, attempt: Int(requests[index].attempts)))
            }
            guard requests[index].hasSentChunk else { return }
            tellChunks(
                listener, fetch, of: Int(requests[index].attempts), by: user, into: &effects)
        } else if let known = detached.settling[id],
            mayListen(user, to: known.user, known.listeners)
        {
            detached.settling[id]?.listeners.append(listener)
            clients[client].listening[listener.number] = id
            admit(listener, id, into: &effects)
            guard known.hasSentChunk else { return }
            effects.append(
                .started(
                    listener.client, listener.number, attempt: known.conclusion.attempts))
            tellChunks(
                listener, fetch, of: known.conclusion.attempts, by: user, into: &effects)
        } else if detached.state == .open {
            effects.append(
                other: .store(
                    .fetch(listener.client, listener.number, fetch, by: user, isLive: false)))
        } else {
            refuse(listener, fetch, .storeFailed, into: &effects)
        }
    }

    /// Its user, or root; and not a crowd.
    private func mayListen(
        _ user: UInt32, to owner: Index<User>, _ listeners: [Listener]
    ) -> Bool {
        (user == users[owner].id || user == 0) && listeners.count < Limits.listeners
    }

    private func admit(_ listener: Listener, _ id: RequestID, into effects: inout Effects) {
        effects.append(.admitted(listener.client, listener.number, id, isGranted: false))
    }

    /// Has the store tell what went before, from where the listener left off.
    private func tellChunks(
        _ listener: Listener, _ fetch: Fetch, of attempt: Int, by user: UInt32,
        into effects: inout Effects
    ) {
        let missed = Fetch(
            request: fetch.request, attempt: attempt,
            chunks: fetch.attempt == attempt ? fetch.chunks : 0)
        effects.append(
            other: .store(
                .fetch(listener.client, listener.number, missed, by: user, isLive: true)))
    }

    /// The client repeated a number that is taken: it lost the answer, not the request.
    mutating func repeatAdmission(
        of id: RequestID, to listener: Listener, _ effects: inout Effects
    ) {
        // One that is not stored yet, or may be refused, is told when that is known.
        guard detached.storing[id] == nil, detached.doubts[id] == nil else { return }
        admit(listener, id, into: &effects)
    }

    /// The client of a number does not listen under it any more.
    mutating func stopListening(_ listener: Listener) {
        guard let client = clientsByID[listener.client] else { return }
        clients[client].listening[listener.number] = nil
    }

    /// The client is gone; what it asked for is not.
    mutating func stopListening(_ client: Index<Client>) {
        let listening = clients[client].listening
        guard !listening.isEmpty else { return }
        clients[client].listening = [:]
        for (number, id) in listening {
            remove(Listener(client: clients[client].id, number: number), from: id)
        }
    }

    private mutating func remove(_ listener: Listener, from id: RequestID) {
        detached.storing[id]?.listeners.removeAll { $0 == listener }
        detached.live[id]?.listeners.removeAll { $0 == listener }
        detached.settling[id]?.listeners.removeAll { $0 == listener }
        forgetWatch(of: id)
    }

    /// Rank and ETA are worked out for those who listen. Who comes when all have left, asks anew.
    private mutating func forgetWatch(of id: RequestID) {
        if detached.storing[id]?.listeners.isEmpty == true {
            detached.storing[id]?.ask.wantsStatus = false
        }
        guard detached.live[id]?.listeners.isEmpty == true, let index = requestsByID[id] else {
            return
        }
        watch(index, false)
    }

    /// A client wants to hear no more under a number. Of what is attached nobody else could hear,
    /// so that is called off.
    mutating func leave(
        _ number: RequestNumber, of client: ClientID, at now: Instant, into effects: inout Effects
    ) {
        guard request(number, of: client) == nil else {
            return cancel(number, of: client, at: now, into: &effects)
        }
        guard let asker = clientsByID[client] else { return }
        let known = clients[asker].listening.removeValue(forKey: number)
        if let known {
            remove(Listener(client: client, number: number), from: known)
            detached.doubts[known]?.hasLeft = true
        }
        // Of what has ended, and is read out by the store, the engine knows nothing.
        effects.append(other: .left(client, number, wasListening: known != nil))
    }

    /// A client calls off what it listens to, for everybody.
    mutating func cancel(detached id: RequestID, at now: Instant, into effects: inout Effects) {
        detached.storing[id]?.isCancelled = true
        guard let index = requestsByID[id] else { return }
        conclude(index, .cancelledByClient, at: now, into: &effects)
    }

    /// Does something for each client that is told of a request.
    @inline(__always)
    mutating func tell(
        _ index: Index<Request>, into effects: inout Effects,
        _ step: (ClientID, RequestNumber) -> Effects.Step
    ) {
        guard requests[index].isDetached else {
            let client = clients[requests[index].client].id
            return effects.append(step(client, requests[index].number))
        }
        for listener in detached.live[requests[index].id]?.listeners ?? [] {
            effects.append(step(listener.client, listener.number))
        }
    }
}

import SluiceEngine
import SluiceModel

// Clients of detached requests: they go and come back as the same session, and fetch what they
// or others of their user asked for.
extension World {
    /// A client is gone for a while. What it had attached is cancelled.
    mutating func goOut(_ index: Int) {
        clients[index].line.send(.clientLeft(clients[index].id), arrivingAt: arrival())
        for number in clients[index].live where !clients[index].isDetached(number) {
            clients[index].ended(number)
        }
        // Nothing is said to it under this name until it is back.
        clients[index].id = nextClient()
        clients[index].isOut = true
        agenda.add(.clientReturns(clients[index].process), at: soon(40))
    }

    mutating func clientReturns(_ process: ClientID) {
        guard let index = clients.firstIndex(where: { $0.process == process }),
            clients[index].isOut
        else { return }
        clients[index].isOut = false
        clients[index].line.send(
            .clientJoined(clients[index].id, clients[index].caller), arrivingAt: arrival())
        var client = clients[index]
        for number in client.live { askAgain(number, &client) }
        clients[index] = client
    }

    /// Fetches what was let in, and asks again for what was not, as it was.
    mutating func askAgain(_ number: RequestNumber, _ client: inout FakeClient) {
        guard let asked = client.asked[number] else { return }
        guard let place = asked.place ?? asked.fetches else {
            var submission = asked.submission
            submission.body = nextBody()
            if poison.contains(asked.submission.body) { poison.insert(submission.body) }
            client.asked[number]?.submission = submission
            return client.line.send(.submitted(client.id, submission), arrivingAt: arrival())
        }
        let fetch = Fetch(request: place, attempt: asked.attempt, chunks: asked.chunks)
        client.line.send(.fetched(client.id, number, fetch), arrivingAt: arrival())
    }

    /// Somebody asks for a request by its number: its user's, another's, or nobody's.
    mutating func fetchOne(_ index: Int) {
        let target = random.chance(100) ? RequestID(rawValue: 900_000) : random.pick(store.ids)
        guard let target else { return }
        let number = clients[index].newNumber()
        var asked = FakeClient.Asked(
            submission: Submission(
                number: number, function: "", body: BodyID(rawValue: 0), bytes: 0))
        asked.submission.isDetached = true
        asked.fetches = target
        var client = clients[index]
        client.live.append(number)
        client.asked[number] = asked
        askAgain(number, &client)
        clients[index] = client
    }

    /// A client wants to hear no more of something: mostly of what is detached, before it is let in
    /// or after; now and then of what is attached, or of what is over.
    mutating func leaveOne(_ index: Int) {
        let choices = random.chance(100) ? clients[index].spent : clients[index].live
        guard let number = random.pick(choices),
            clients[index].asked[number]?.isLeft != true
        else { return }
        clients[index].asked[number]?.isLeft = true
        clients[index].line.send(.listenerLeft(clients[index].id, number), arrivingAt: arrival())
    }

    /// The client knows that it hears no more; the daemon says so where it told it anything.
    mutating func letGo(_ client: ClientID, _ number: RequestNumber, wasListening: Bool) {
        guard let index = clients.firstIndex(where: { $0.id == client }) else { return }
        let isRead = store.line.contains {
            if case .fetch(client, number, _, _, isLive: false) = $0.task { true } else { false }
        }
        if wasListening || isRead { clients[index].ended(number) }
    }

    /// An operator wants one that failed to run once more.
    mutating func repeatOne() {
        let failed = store.ids.filter { store.rows[$0]?.code.map { $0 != .ok } ?? false }
        guard let row = random.pick(failed).flatMap({ store.rows[$0] }) else { return }
        var ask = readAsk(of: row)
        ask.number = RequestNumber(rawValue: 0)
        let token = nextToken()
        repetitions.append(token)
        operatorLine.send(
            .repeated(
                Repetition(
                    of: row.id, user: row.user, caller: row.caller, function: row.function, ask: ask
                ),
                token: token),
            arrivingAt: arrival())
    }

    // MARK: What they are told

    mutating func noteRepeated(_ token: UInt64, _ result: Result<RequestID, RepetitionError>) {
        repetitions.removeAll { $0 == token }
        guard case .success(let id) = result else { return }
        custody.admit(id, isKept: store.rows[id] != nil)
    }

    /// Whether what a client was told is about a detached request, which is then noted.
    mutating func isDetached(
        _ index: Int, _ number: RequestNumber, _ conclusion: Conclusion
    ) -> Bool {
        guard edition >= .detached else { return false }
        guard let asked = clients[index].asked[number] else {
            // What it said twice it may be told twice.
            return clients[index].hasBeenDetached(number)
        }
        guard asked.submission.isDetached else { return false }
        let id = conclusion.request
        if conclusion.outcome == .rejected {
            if let place = asked.place ?? asked.fetches { custody.deny(place, conclusion.code) }
        } else {
            custody.end(id, conclusion.code, kept: store.rows[id]?.code)
        }
        return true
    }

    /// A worker is given something.
    mutating func noteGiven(_ id: RequestID, attempt: Int, _ body: BodyID) {
        guard edition >= .detached, detachedRequests.contains(id) else { return }
        custody.give(id, attempt: attempt, isKept: store.rows[id] != nil)
    }

    /// A worker said that it begins.
    mutating func noteSaid(_ id: RequestID, in grant: GrantID, of function: String) {
        guard edition >= .detached, detachedRequests.contains(id),
            let known = profile.functions.first(where: { $0.name == function }),
            known.settings.retry == .never
        else { return }
        if unremembered.contains(function) || mood.breaks > 0 { custody.excuse(id) }
        custody.begin(once: id, grant)
    }
}

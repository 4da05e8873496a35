import SluiceEngine
import SluiceModel

extension World {
    /// A client connects: the same few users come again and again.
    mutating func joinClient() {
        var user = UInt32(random.int(1_000...1_002))
        if edition >= .detached, random.chance(50) { user = 0 }
        let id = nextClient()
        // A session for each process, as clients make them up.
        let session = SessionID(high: 0, low: edition >= .detached ? id.rawValue : 0)
        var client = FakeClient(id: id, caller: Caller(user: user, session: session))
        client.line.send(.clientJoined(client.id, client.caller), arrivingAt: arrival())
        clients.append(client)
    }

    /// One of the clients does something; `turn` only spreads the acts evenly.
    mutating func clientActs(_ turn: Int) {
        guard !isSettling else { return }
        agenda.add(.clientActs(turn), at: soon(4))
        let open = clients.indices.filter {
            !clients[$0].line.isClosed && !clients[$0].isOut
        }
        guard let index = random.pick(open) else { return joinClient() }
        let rates = profile.rates
        if edition >= .detached, random.chance(mood.goesOut) { return goOut(index) }
        if random.chance(rates.vanishes) { return vanish(index) }
        if edition >= .detached, random.chance(mood.fetches) { fetchOne(index) }
        if edition >= .leaving, random.chance(mood.leaves) { leaveOne(index) }
        if random.chance(rates.cancels) { cancelOne(index) }
        if random.chance(rates.rewatches) { rewatch(index) }
        for _ in 0..<random.int(1...profile.burst)
        where clients[index].live.count < profile.appetite { submit(index) }
    }

    private mutating func vanish(_ index: Int) {
        clients[index].line.close(with: .clientLeft(clients[index].id), arrivingAt: arrival())
        joinClient()
    }

    private mutating func cancelOne(_ index: Int) {
        // Now and then one that is over: the cancellation crossed the outcome.
        let choices = random.chance(100) ? clients[index].spent : clients[index].live
        guard let number = random.pick(choices) else { return }
        clients[index].line.send(.cancelled(clients[index].id, number), arrivingAt: arrival())
    }

    private mutating func rewatch(_ index: Int) {
        guard let number = random.pick(clients[index].live) else { return }
        // Some cannot make up their minds.
        for _ in 0..<random.int(1...4) {
            let event = Event.watched(clients[index].id, number, random.chance(600))
            clients[index].line.send(event, arrivingAt: arrival())
        }
    }

    private mutating func submit(_ index: Int) {
        let isDetached = edition >= .detached && random.chance(mood.detached)
        var number =
            isDetached ? clients[index].newNumber() : clients[index].freeNumber(from: &random)
        if random.chance(profile.rates.duplicateSubmission),
            let live = random.pick(clients[index].submitted)
        {
            number = live
        } else {
            clients[index].live.append(number)
        }
        var submission = submission(number)
        submission.isDetached = isDetached
        if let asked = clients[index].asked[number], edition >= .restarts {
            // What is said again is the same.
            submission.function = asked.submission.function
            submission.isDetached = asked.submission.isDetached
            clients[index].repeated.append(number)
        } else {
            clients[index].asked[number] = FakeClient.Asked(submission: submission)
        }
        clients[index].line.send(.submitted(clients[index].id, submission), arrivingAt: arrival())
    }

    private mutating func submission(_ number: RequestNumber) -> Submission {
        let rates = profile.rates
        var function = profile.functions[random.int(0...(profile.functions.count - 1))].name
        if random.chance(rates.unknownFunction) { function = "nobody" }
        var submission = Submission(
            number: number, function: function, body: nextBody(), bytes: random.int(0...1_000),
            wantsStatus: random.chance(500))
        if random.chance(200) { submission.holdsBytes = false }
        if random.chance(rates.timeouts) {
            submission.queueTimeout = Span(random.span(1...(profile.pace * 30)))
        }
        if random.chance(rates.timeouts) {
            submission.execTimeout = Span(random.span(1...(profile.pace * 10)))
        }
        if random.chance(rates.timeouts) {
            submission.deadline = Span(random.span(1...(profile.pace * 60)))
        }
        if random.chance(rates.timeouts / 4) {
            submission.maxWait = Span(random.span(1...(profile.pace * 20)))
        }
        if edition >= .gateways, random.chance(300) {
            submission.caller = random.pick(["ada", "bob"])
        }
        if random.chance(rates.poison) { poison.insert(submission.body) }
        return submission
    }

    /// A client learns that a request is over.
    mutating func tell(
        _ client: ClientID, outcomeOf number: RequestNumber, _ conclusion: Conclusion
    ) {
        guard let index = clients.firstIndex(where: { $0.id == client }) else { return }
        guard !isDetached(index, number, conclusion) else {
            return clients[index].ended(number)
        }
        lives.end(conclusion.request)
        clients[index].ended(number)
    }
}

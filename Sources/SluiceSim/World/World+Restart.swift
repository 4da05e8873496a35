import SluiceEngine
import SluiceModel

// The daemon goes and comes back, and so do those who were connected.

/// How the next daemon begins.
struct Restart {
    var last: RequestID
    var firstGrant: UInt64
}

extension World {
    mutating func isRestartDue() -> Bool {
        guard restarts > 0, !isSettling else { return false }
        return random.chance(restarts)
    }

    /// Ends the daemon after a turn. In peace everybody hears what that turn decided; killed, each
    /// hears a part, from the beginning.
    mutating func restart(
        after effects: [Effect], at last: RequestID, leaving left: Predecessor.Left?,
        having learned: [String: Learned]
    ) -> Restart {
        let isPeaceful = random.chance(400)
        if isPeaceful { perform(effects) } else { performInPart(effects) }
        hearTheRest(isPeaceful: isPeaceful)
        stopStore(isPeaceful: isPeaceful)
        lives.beginNext()
        window = random.span(1...(profile.pace * 60))
        disconnectClients()
        disconnectWorkers()
        operatorLine = Line()
        begin(leaving: isPeaceful ? left : nil)
        if edition >= .memory { recall(learned) }
        // A killed daemon does not say how far it came; its reserve does.
        let gap = isPeaceful ? 0 : UInt64(random.int(0...50))
        return Restart(
            last: RequestID(rawValue: last.rawValue + gap),
            firstGrant: UInt64(lives.current) * 1_000_003)
    }

    private mutating func begin(leaving left: Predecessor.Left?) {
        var configuration =
            edition < .devices ? profile.configuration ?? Configuration() : rack.configuration
        configuration.daemon.reclaimWindow = window
        opening = [.configured(configuration)]
        windowEndsAt = .distantPast
        if left != Predecessor.Left(requests: 0, grants: 0) {
            opening.append(.restarted(after: Predecessor(left: left)))
            windowEndsAt = now + window
        }
        // What was declared last may not have been written.
        for function in profile.functions {
            guard random.chance(900) else {
                unremembered.insert(function.name)
                continue
            }
            opening.append(
                .remembered(Declaration(function: function.name, settings: function.settings)))
        }
        reopenStore()
        reopenRack()
    }

    /// Behind what makes functions known. Some of it was spoilt, or is of functions that nobody
    /// knows any more.
    private mutating func recall(_ learned: [String: Learned]) {
        for (function, learned) in learned.sorted(by: { $0.key < $1.key }) {
            var learned = learned
            if random.chance(100) { learned.nn = -learned.nn }
            if random.chance(100) { learned.t = .infinity }
            if random.chance(50) { learned.batchCeiling = 0 }
            opening.append(.learned(function: function, learned))
        }
    }

    // MARK: The end of the one before

    private mutating func performInPart(_ effects: [Effect]) {
        var deafClients: Set<ClientID> = []
        var deafWorkers: Set<WorkerID> = []
        var isStoreDeaf = false
        let heard = effects.filter { effect in
            if case .store = effect {
                if random.chance(150) { isStoreDeaf = true }
                return !isStoreDeaf
            }
            if let client = effect.client {
                if random.chance(150) { deafClients.insert(client) }
                return !deafClients.contains(client)
            }
            if let worker = effect.worker {
                if random.chance(150) { deafWorkers.insert(worker) }
                return !deafWorkers.contains(worker)
            }
            return false
        }
        for effect in heard {
            // That the client has it the worker is told in the next turn, which there is not.
            if case .outcome(let client?, let number, let conclusion) = effect {
                tell(client, outcomeOf: number, conclusion)
            } else {
                perform([effect])
            }
        }
    }

    /// What was on its way to workers arrives, all of it or a part.
    private mutating func hearTheRest(isPeaceful: Bool) {
        var deaf: Set<Int> = []
        for (worker, effect) in agenda.takeArrivals() {
            if !isPeaceful, random.chance(50) { deaf.insert(worker) }
            if !deaf.contains(worker) { workerHears(worker, effect) }
        }
    }

    private mutating func disconnectClients() {
        for var client in clients where !client.line.isClosed {
            guard !random.chance(100) else { continue }  // it was killed, too
            client.line = Line()
            client.isOut = false
            away.append(client)
            agenda.add(.clientReconnects(client.process), at: comeback())
        }
        clients = []
    }

    private mutating func disconnectWorkers() {
        workers.removeAll(where: \.line.isClosed)
        for index in workers.indices {
            workers[index].line = Line()
            workers[index].line.isSevered = true
            workers[index].isAway = true
            workers[index].inbound = now
            // What had not wholly arrived is not held.
            workers[index].hand.removeAll { $0.items.count < $0.count }
            let number = Int(workers[index].ids[0].rawValue)
            agenda.add(.workerReconnects(number), at: comeback())
            if random.chance(100) { workerDies(number) }
        }
    }

    /// Mostly in time, at times too late.
    private mutating func comeback() -> Instant {
        let span = Int(window.nanoseconds / 1_000)
        return now + random.span(0...(random.chance(850) ? span / 2 : span * 2))
    }

    // MARK: Clients

    mutating func clientReconnects(_ process: ClientID) {
        guard let index = away.firstIndex(where: { $0.process == process }) else { return }
        var client = away.remove(at: index)
        client.id = nextClient()
        client.line.send(.clientJoined(client.id, client.caller), arrivingAt: arrival())
        let places = client.live.map { client.asked[$0]?.place?.rawValue ?? .max }
        for (_, number) in zip(places, client.live).sorted(by: { $0 < $1 }) {
            guard let asked = client.asked[number] else { continue }
            guard !asked.submission.isDetached else {
                askAgain(number, &client)
                continue
            }
            var submission = asked.submission
            submission.body = nextBody()
            if poison.contains(asked.submission.body) { poison.insert(submission.body) }
            client.asked[number]?.submission = submission
            let event = Self.event(of: asked, submission, from: client.id)
            client.line.send(event, arrivingAt: arrival())
        }
        if random.chance(100), let old = client.spentPlaces.last { reuse(old, &client) }
        clients.append(client)
    }

    private static func event(
        of asked: FakeClient.Asked, _ submission: Submission, from client: ClientID
    ) -> Event {
        guard let place = asked.place else { return .submitted(client, submission) }
        let claim = Claim(request: place, attempt: asked.attempt, chunks: asked.chunks)
        return .reclaimed(client, submission, claim)
    }

    /// A ticket is brought again whose request is over.
    private mutating func reuse(_ place: RequestID, _ client: inout FakeClient) {
        let number = client.freeNumber(from: &random)
        let submission = Submission(
            number: number, function: profile.functions[0].name, body: nextBody(), bytes: 1)
        client.live.append(number)
        client.asked[number] = FakeClient.Asked(submission: submission)
        lives.reuse(place)
        client.line.send(
            .reclaimed(client.id, submission, Claim(request: place)), arrivingAt: arrival())
    }

    /// A client believes what it is told.
    mutating func note(_ effect: Effect) {
        guard let id = effect.client, let number = effect.number,
            let index = clients.firstIndex(where: { $0.id == id }),
            var asked = clients[index].asked[number]
        else { return }
        switch effect {
        case .admitted(_, _, let place, _):
            if asked.submission.isDetached {
                custody.admit(place, isKept: store.rows[place] != nil)
            } else {
                lives.admit(place, of: clients[index].process)
            }
            if asked.place != place { (asked.attempt, asked.chunks) = (0, 0) }
            asked.place = place
        case .started(_, _, let attempt):
            if asked.attempt != attempt { asked.chunks = 0 }
            asked.attempt = attempt
        case .report(_, _, .chunk(let sequence), _, _):
            // Before there were restarts, what was said twice was counted anew.
            if edition >= .restarts, !asked.lacksChunks {
                lives.pass(sequence, of: asked.place, after: asked.chunks)
            }
            asked.chunks = max(asked.chunks, sequence + 1)
        default: return
        }
        clients[index].asked[number] = asked
    }

    /// What nobody was told the end of, when all is over.
    var forgotten: [String] {
        guard edition >= .restarts else { return [] }
        return unsettled
            + clients.filter { !$0.line.isClosed }.flatMap { client in
                client.live.map { "number \($0) of \(client.process) never had an outcome" }
            }
    }

    // MARK: Workers

    mutating func workerReconnects(_ number: Int) {
        guard let index = workerIndex(WorkerID(rawValue: UInt64(number))),
            workers[index].isAway, !workers[index].line.isClosed
        else { return }
        if edition >= .devices, mustWait(worker: index) {
            return agenda.add(.workerReconnects(number), at: soon(2))
        }
        let id = nextWorker()
        let plan = profile.workers[workers[index].plan]
        workers[index].ids.append(id)
        workers[index].isAway = false
        workers[index].line = Line()
        var events: [Event] = [
            .workerJoined(
                id, name: "w\(number)", process: process(of: workers[index]),
                heedsDevices: !workers[index].isHeedless)
        ]
        if let asked = leaseAsked(by: index) {
            events.append(asked)
            guard workers[index].isBound else {
                for event in events { workers[index].line.send(event, arrivingAt: arrival()) }
                return
            }
        }
        events += plan.functions.map { .declared(id, declaration(of: $0)) }
        for held in workers[index].owed + workers[index].hand { events += story(of: held, id) }
        events.append(.ready(id, slots: workers[index].isLeaving ? 0 : plan.slots))
        for event in events { workers[index].line.send(event, arrivingAt: arrival()) }
        leaveIfDone(index)
    }

    /// What a worker says of a batch that it has from before.
    private mutating func story(of held: FakeWorker.InHand, _ id: WorkerID) -> [Event] {
        let items = held.items.map {
            HeldBatch.Item(request: $0.isAcknowledged ? nil : $0.request, attempt: $0.attempt)
        }
        var events: [Event] = [
            .holding(
                id, held.grant,
                HeldBatch(function: held.function, items: items, devices: held.devices))
        ]
        for (index, item) in held.items.enumerated() where !item.isAcknowledged {
            if item.step != .handed { events.append(.started(id, held.grant, item: index)) }
            for sequence in 0..<item.chunks {
                events.append(
                    .reported(
                        id, held.grant, item: index, .chunk(sequence: sequence), nextBody()))
            }
            guard let answer = item.answer else { continue }
            events.append(.answered(id, held.grant, item: index, answer, nextBody()))
        }
        if held.isUnfit { events.append(.ranOutOfMemory(id, held.grant)) }
        return events
    }

    /// A worker begins with a request: no other that is there may have it, begun or done.
    mutating func noteBegun(worker index: Int, hand: Int, item: Int) {
        // What a daemon before gave was for that one to know.
        guard edition >= .restarts, workers[index].hand[hand].life == lives.current,
            !workers[index].hand[hand].isForfeited
        else { return }
        let request = workers[index].hand[hand].items[item].request
        for other in workers
        where other.ids[0] != workers[index].ids[0] && !other.line.isClosed && !other.isAway {
            for held in other.hand + other.owed where !held.isUnfit && !held.isForfeited {
                guard held.life == lives.current || other.lifeReturnedTo == lives.current,
                    held.items.contains(where: { $0.isRunning(request) })
                else { continue }
                lives.tell("\(request) begins in \(workers[index].id), and \(other.id) has it")
            }
        }
    }
}

extension FakeWorker.Item {
    fileprivate func isRunning(_ request: RequestID) -> Bool {
        self.request == request && step != .handed && !isRevoked && !isAcknowledged
    }
}

extension Effect {
    /// The client that it is for.
    fileprivate var client: ClientID? {
        switch self {
        case .admitted(let client, _, _, _), .status(let client, _, _),
            .started(let client, _, _), .report(let client, _, _, _, _):
            client
        case .outcome(let client, _, _), .refused(let client, _, _, _): client
        default: nil
        }
    }

    fileprivate var number: RequestNumber? {
        switch self {
        case .admitted(_, let number, _, _), .started(_, let number, _),
            .report(_, let number, _, _, _):
            number
        default: nil
        }
    }

    /// The worker that it is for.
    fileprivate var worker: WorkerID? {
        switch self {
        case .grant(let worker, _, _, _, _), .item(let worker, _, _, _, _, _),
            .revoke(let worker, _, _), .acknowledge(let worker, _, _), .drain(let worker),
            .refusedWorker(let worker, _), .deniedDevices(let worker, _),
            .declared(let worker, _, _, _), .bound(let worker, _, _):
            worker
        default: nil
        }
    }
}

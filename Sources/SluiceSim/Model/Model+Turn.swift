import SluiceEngine
import SluiceModel

extension Model {
    /// Takes in all events of a turn, and what falls due by its time.
    ///
    /// - Parameter effects: only to learn what became of this turn's submissions and commands.
    mutating func begin(_ events: [Event], at now: Instant, leadingTo effects: [Effect]) {
        self.now = now
        hadEvents = !events.isEmpty
        settingEvents = events.count { $0.isSetting }
        equipment.turned = 0
        for index in equipment.applicants.indices
        where equipment.applicants[index].before == nil {
            equipment.applicants[index].before = highest
        }
        commandedPlaces = events.flatMap(\.commandedPlaces)
        valuesBefore = commandedPlaces.isEmpty ? [:] : valuesInForce
        departed.removeAll(keepingCapacity: true)
        duties.removeAll(keepingCapacity: true)
        judgements.removeAll(keepingCapacity: true)
        goneWorkers.removeAll(keepingCapacity: true)
        rewatched.removeAll(keepingCapacity: true)
        newcomers.removeAll(keepingCapacity: true)
        wrongPauses.removeAll(keepingCapacity: true)
        lateRefusals.removeAll(keepingCapacity: true)
        gathering.told.removeAll(keepingCapacity: true)
        detached.tellings.removeAll(keepingCapacity: true)
        detached.askers.removeAll(keepingCapacity: true)
        detached.left.removeAll(keepingCapacity: true)
        // What was there before, so that nothing said of it is said of a newcomer.
        let named = events.compactMap { $0.recovered ?? $0.fetched }
        fates = Fates(of: effects) {
            requests[$0] != nil || detached.knows($0) || named.contains($0)
        }
        detached.senders = detachedSenders(in: events)
        detached.leaving = Set(
            events.compactMap { if case .clientLeft(let client) = $0 { client } else { nil } })
        for event in events { take(event) }
        expire()
        passTimeOverDevices()
        endGatheringIfDue()
        refuseImpossible()
        // A device that comes or goes changes how much may run.
        settingEvents += equipment.turned
        wrongPauses += fates.unexplainedPauses
    }

    /// Who sends the turn's detached requests: one may be sent again on another connection in the
    /// turn in which the first is gone.
    private func detachedSenders(in events: [Event]) -> [Origin: [ClientID]] {
        var callers = clients
        var senders: [Origin: [ClientID]] = [:]
        for event in events {
            switch event {
            case .clientJoined(let client, let caller): callers[client] = caller
            case .submitted(let client, let submission) where submission.ask.isDetached:
                guard let caller = callers[client] else { continue }
                let origin = Origin(
                    user: caller.user, session: caller.session, number: submission.number)
                if senders[origin]?.contains(client) != true {
                    senders[origin, default: []].append(client)
                }
            default: continue
            }
        }
        return senders
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .clientJoined(let client, let caller): clients[client] = caller
        case .clientLeft(let client): leave(client)
        case .submitted(let client, let submission): submit(submission, from: client)
        case .reclaimed(let client, let submission, let claim):
            take(back: submission, claim, from: client)
        case .cancelled(let client, let number):
            cancel(Key(client: client, number: number))
        case .watched(let client, let number, let isWanted):
            watch(Key(client: client, number: number), isWanted)
        case .workerJoined(let worker, let name, let process, let heedsDevices):
            let owner = Equipment.Owner(process, of: worker)
            workers.append(
                Worker(id: worker, name: name, owner: owner, heedsDevices: heedsDevices))
        case .workerLeft(let worker): lose(worker)
        case .declared(let worker, let declaration): declare(declaration, by: worker)
        case .ready(let worker, let slots):
            guard let index = workerIndex(worker) else { return }
            workers[index].slots = slots
            endResidue(of: workers[index])
            if lease(of: workers[index]) != nil {
                equipment.leases[workers[index].owner]?.isSettled = true
            }
        case .started(let worker, let grant, let item): start(item, of: grant, by: worker)
        case .reported(let worker, let grant, let item, let kind, let body):
            report(kind, body, item, of: grant, by: worker)
        case .answered(let worker, let grant, let item, let answer, let body):
            self.answer(answer, body, item, of: grant, by: worker)
        case .ranOutOfMemory(let worker, let grant): runOutOfMemory(grant, by: worker)
        case .holding(let worker, let grant, let batch): take(back: batch, as: grant, of: worker)
        case .commanded(let command, let token): obey(command, token)
        case .remembered(let declaration): remember(declaration)
        case .learned(let function, let learned): recall(learned, of: function)
        case .restored(let command): restore(command)
        case .restarted(let predecessor): beginReclaim(after: predecessor)
        case .configured(let configuration, _): configure(configuration)
        case .observed(let isObserved): self.isObserved = isObserved
        case .fetched(let client, let number, let fetch):
            self.fetch(fetch, Key(client: client, number: number))
        case .listenerLeft(let client, let number):
            leave(Key(client: client, number: number))
        case .store(let word): take(word)
        case .repeated(let repetition, let token): take(repetition, token: token)
        case .processEnded(let process, let worker):
            endProcess(Equipment.Owner(process, of: worker))
        case .leaseAsked(let worker, let request): ask(request, by: worker)
        case .devicesFound(let found): find(found)
        case .deviceSampled(let device, let sample): take(sample, of: device)
        case .deviceTroubled(let device, let trouble): take(trouble, of: device)
        }
    }

    private mutating func leave(_ client: ClientID) {
        clients[client] = nil
        departed.insert(client)
        let left = requests.values.filter { $0.key.client == client }.map(\.id).sorted()
        for id in left { conclude(id, [.clientGone]) }
        stopListening(client)
    }

    /// Whatever is due by now ends now, whether or not anything else happened.
    private mutating func expire() {
        for id in requests.keys.sorted() {
            guard let request = requests[id] else { continue }
            var codes: [Code] = []
            if let due = request.deadline, due <= now { codes.append(.deadline) }
            if let due = request.queueDue, due <= now { codes.append(.queueTimeout) }
            if let due = request.execDue, due <= now { codes.append(.execTimeout) }
            if !codes.isEmpty, isLostWithItsWorker(id) { codes.append(.workerDied) }
            if !codes.isEmpty { conclude(id, codes) }
        }
    }

    /// Ends a request. Where a worker has it and did not say so itself, the worker is to be told,
    /// and keeps its place.
    mutating func conclude(
        _ id: RequestID, _ codes: [Code], answer: BodyID? = nil, source: AnswerSource? = nil
    ) {
        guard let request = requests[id] else { return }
        if request.isDetached {
            beginSettling(request, codes, answer, source)
        } else {
            let isTold = clients[request.key.client] != nil
            duties.append(
                .outcome(
                    Duty.Ending(
                        request: id, key: request.key, isTold: isTold, codes: codes,
                        answer: answer, source: source)))
        }
        if let hand = request.hand {
            grants[hand.grant]?.items[hand.item].isLive = false
            if source == nil { revoke(hand.grant, hand.item) }
        } else {
            leaveLine(id)
        }
        requests[id] = nil
        if !request.isDetached { numbers[request.key] = nil }
        gathering.begun.remove(id)
    }

    private mutating func revoke(_ id: GrantID, _ item: Int) {
        guard let grant = grants[id] else { return }
        grants[id]?.items[item].isRevoked = true
        duties.append(.revoke(grant.worker, id, item: item))
        noteUnwanted(id)
    }

    /// Once no request of a batch wants to go on, its worker has so long to stop.
    mutating func noteUnwanted(_ id: GrantID) {
        guard let grant = grants[id], grant.hangsAt == nil, !grant.isOver, grant.isUnwanted else {
            return
        }
        let grace = rules(of: grant.function).cancelGrace
        grants[id]?.hangsAt = now + grace
    }
}

extension Event {
    /// The request that comes back from the store.
    fileprivate var recovered: RequestID? {
        if case .store(.recovered(let recovered)) = self { recovered.request } else { nil }
    }

    /// The request that a client wants to be told of.
    fileprivate var fetched: RequestID? {
        if case .fetched(_, _, let fetch) = self { fetch.request } else { nil }
    }
}

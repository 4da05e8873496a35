import SluiceModel

// Batches that workers have in hand from before a restart, and how they meet the claims of
// clients; see `Engine+Reclaim`.

extension Engine {
    /// A worker names a batch that an earlier engine gave it. It takes its place, its slot and
    /// its name again, also over a limit, and also where nobody wants it any more: the worker runs
    /// it, whatever is thought of it here.
    mutating func take(
        back batch: HeldBatch, as id: GrantID, of worker: WorkerID, at now: Instant,
        into effects: inout Effects
    ) {
        guard let at = workersByID[worker] else { return }
        if let known = openGrant(id), grants[known].worker == at { return }  // said twice
        guard batch.items.contains(where: { $0.request != nil }) else {
            return effects.append(.acknowledge(worker, id, item: nil))
        }
        guard openGrant(id) == nil, workers[at].slots == 0, !workers[at].isAlone,
            workers[at].busy < Limits.slotsPerWorker,
            let function = functionsByName[batch.function],
            workers[at].functions.contains(function)
        else { return effects.append(.revoke(worker, id, item: nil)) }
        let grant = openGrant(id, for: batch, function, at, now)
        for (item, held) in batch.items.enumerated() {
            guard let request = held.request else {
                grants[grant].items[item].isAnswered = true
                grants[grant].unanswered -= 1
                continue
            }
            let source = AnswerSource(worker: worker, grant: id, item: item)
            take(back: request, attempt: held.attempt, to: grant, source, at: now, into: &effects)
        }
        if grants[grant].live == 0 { awaitEnd(of: grant, at: now) }
    }

    private mutating func openGrant(
        _ id: GrantID, for batch: HeldBatch, _ function: Index<Function>, _ worker: Index<Worker>,
        _ now: Instant
    ) -> Index<Grant> {
        let queue = functions[function].queue
        let index = grants.insert(
            Grant(id: id, worker: worker, function: function, queue: queue, grantedAt: now))
        grants[index].items = batch.items.map { _ in Grant.Item(request: .none) }
        grants[index].unanswered = batch.items.count
        // Nobody knows since when it has been running.
        grants[index].isExemplary = false
        reclaim.grants[id] = index
        reclaim.held += 1
        running += 1
        queues[queue].grants.append(index)
        functions[function].running += 1
        workers[worker].grants.append(index)
        occupy(placement(of: batch, on: worker), with: index)
        return index
    }

    /// Where the batch runs, be there a place or not. A device that is not found yet is taken for
    /// none: it has no other batch, either.
    private func placement(of batch: HeldBatch, on worker: Index<Worker>) -> Placement {
        let lease = workers[worker].lease
        guard lease.isNone else { return Placement(leases[lease].devices) }
        return Placement(batch.devices.compactMap { devicesByName[$0] })
    }

    private mutating func take(
        back id: RequestID, attempt: Int, to grant: Index<Grant>, _ source: AnswerSource,
        at now: Instant, into effects: inout Effects
    ) {
        if let index = requestsByID[id], id <= reclaim.last {
            // Who was given it since has it, and so has whoever was given it later before.
            guard requests[index].isWaiting, requests[index].function == grants[grant].function,
                attempt >= Int(requests[index].attempts)
            else { return revoke(source, into: &effects) }
            return attach(index, to: grant, source.item, attempt: attempt, into: &effects)
        }
        guard reclaim.isOpen, id <= reclaim.last, !reclaim.claimed.contains(id) else {
            return revoke(source, into: &effects)
        }
        if let other = reclaim.awaited[id] {
            guard !other.isAnswered, other.attempt < attempt else {
                return revoke(source, into: &effects)
            }
            giveUp(other, at: now, into: &effects)
        }
        // More than all workers together may have had: they are made up.
        guard reclaim.awaited.count < Limits.awaitedRequests else {
            return revoke(source, into: &effects)
        }
        reclaim.awaited[id] = Reclaim.Awaited(
            grant: grant, source: source, function: grants[grant].function, attempt: attempt)
        reclaim.slots[Reclaim.Slot(grant: grant, item: source.item)] = id
        grants[grant].awaited += 1
    }

    private func revoke(_ source: AnswerSource, into effects: inout Effects) {
        effects.append(.revoke(source.worker, source.grant, item: source.item))
    }

    /// A waiting request is in a worker's hand again.
    private mutating func attach(
        _ index: Index<Request>, to grant: Index<Grant>, _ item: Int, attempt: Int,
        into effects: inout Effects
    ) {
        leaveLine(index)
        requests[index].state = .granted
        requests[index].grant = grant
        requests[index].seat = UInt16(item)
        requests[index].attempts = UInt32(clamping: attempt)
        grants[grant].items[item].request = index
        grants[grant].live += 1
        reclaim.begun.remove(requests[index].id)
        observe(index, .granted(workers[grants[grant].worker].id), into: &effects)
    }

    // MARK: A client is back

    /// The client of a request that a worker has is here: it is told what the worker said.
    mutating func meet(
        _ index: Index<Request>, _ awaited: Reclaim.Awaited, at now: Instant,
        into effects: inout Effects
    ) {
        guard awaited.function == requests[index].function,
            awaited.attempt >= Int(requests[index].attempts)
        else { return giveUp(awaited, at: now, into: &effects) }
        guard !awaited.grant.isNone else {
            return meetDead(index, awaited, at: now, into: &effects)
        }
        stopAwaiting(awaited)
        attach(
            index, to: awaited.grant, awaited.source.item, attempt: awaited.attempt,
            into: &effects)
        for word in awaited.words { say(word, awaited.source, at: now, into: &effects) }
        runOutOfMemoryIfPostponed(awaited.grant, at: now, into: &effects)
    }

    private mutating func say(
        _ word: Reclaim.Word, _ source: AnswerSource, at now: Instant, into effects: inout Effects
    ) {
        let (worker, grant, item) = (source.worker, source.grant, source.item)
        switch word {
        case .started: start(item, of: grant, by: worker, at: now, into: &effects)
        case .report(let kind, let body):
            report(kind, body, item, of: grant, by: worker, at: now, into: &effects)
        case .answer(let answer, let body):
            self.answer(answer, body, item, of: grant, by: worker, at: now, into: &effects)
        }
    }

    /// The worker died since it was back. What it had answered counts, and what it had begun runs
    /// again only if it may.
    private mutating func meetDead(
        _ index: Index<Request>, _ awaited: Reclaim.Awaited, at now: Instant,
        into effects: inout Effects
    ) {
        let hadBegun = reclaim.begun.remove(requests[index].id) || awaited.isStarted
        requests[index].attempts = UInt32(clamping: awaited.attempt)
        for word in awaited.words {
            switch word {
            case .started:
                tell(index, into: &effects) { .started($0, $1, attempt: awaited.attempt) }
            case .report(let kind, let body):
                tell(index, into: &effects) { .report($0, $1, kind, body, nil) }
                keep(kind, body, of: index, into: &effects)
                effects.append(.release(body))
            case .answer(let answer, let body):
                return conclude(
                    index, code(for: answer, of: index), answer: body,
                    source: awaited.source, at: now, into: &effects)
            }
        }
        guard hadBegun, !mayRunAgain(index) else { return }
        conclude(index, .workerDied, at: now, into: &effects)
    }

    // MARK: A client is not back

    /// Keeps what a worker says about an item whose client is not back yet.
    mutating func isKept(
        _ word: Reclaim.Word, _ item: Int, of grant: Index<Grant>, into effects: inout Effects
    ) -> Bool {
        guard grants[grant].awaited > 0,
            let id = reclaim.slots[Reclaim.Slot(grant: grant, item: item)],
            let awaited = reclaim.awaited[id]
        else { return false }
        guard !awaited.isAnswered else {
            // The first answer counts, and is the one that will be acknowledged.
            word.release(into: &effects)
            return true
        }
        switch word {
        case .started:
            guard !awaited.isStarted else { return true }
            reclaim.awaited[id]?.isStarted = true
        case .report:
            if !awaited.isStarted { reclaim.awaited[id]?.words.append(.started) }
            reclaim.awaited[id]?.isStarted = true
        case .answer: reclaim.awaited[id]?.isAnswered = true
        }
        reclaim.awaited[id]?.words.append(word)
        return true
    }

    /// Nobody will come for it, or not for this one. What the worker has answered it may forget.
    mutating func giveUp(
        _ awaited: Reclaim.Awaited, at now: Instant, into effects: inout Effects
    ) {
        guard !awaited.grant.isNone else {
            for word in awaited.words { word.release(into: &effects) }
            return
        }
        stopAwaiting(awaited)
        for word in awaited.words {
            if case .answer = word {
                say(word, awaited.source, at: now, into: &effects)
            } else {
                word.release(into: &effects)
            }
        }
        if !awaited.isAnswered, !reclaim.unfit.contains(awaited.source.grant) {
            revoke(awaited.source, into: &effects)
            if grants[awaited.grant].live == 0 { awaitEnd(of: awaited.grant, at: now) }
        }
        runOutOfMemoryIfPostponed(awaited.grant, at: now, into: &effects)
    }

    private mutating func stopAwaiting(_ awaited: Reclaim.Awaited) {
        let slot = Reclaim.Slot(grant: awaited.grant, item: awaited.source.item)
        reclaim.slots[slot] = nil
        grants[awaited.grant].awaited -= 1
    }

    /// The worker is gone. Its answers are not.
    mutating func loseAwaited(of worker: Index<Worker>, into effects: inout Effects) {
        for grant in workers[worker].grants where grants[grant].awaited > 0 {
            let id = grants[grant].id
            reclaim.unfit.removeAll { $0 == id }
            grants[grant].awaited = 0
            for item in grants[grant].items.indices {
                let slot = Reclaim.Slot(grant: grant, item: item)
                guard let id = reclaim.slots.removeValue(forKey: slot),
                    let awaited = reclaim.awaited[id]
                else { continue }
                reclaim.awaited[id]?.grant = .none
                guard !awaited.isAnswered else { continue }
                for word in awaited.words { word.release(into: &effects) }
                reclaim.awaited[id]?.words = []
            }
        }
    }

    // MARK: Memory

    /// Which requests did not fit is known when their clients are back.
    mutating func postponeOutOfMemory(of grant: Index<Grant>) -> Bool {
        guard grants[grant].awaited > 0 else { return false }
        if !reclaim.unfit.contains(grants[grant].id) { reclaim.unfit.append(grants[grant].id) }
        return true
    }

    private mutating func runOutOfMemoryIfPostponed(
        _ grant: Index<Grant>, at now: Instant, into effects: inout Effects
    ) {
        let id = grants[grant].id
        guard grants[grant].isOpen, grants[grant].awaited == 0,
            let position = reclaim.unfit.firstIndex(of: id)
        else { return }
        reclaim.unfit.remove(at: position)
        runOutOfMemory(id, by: workers[grants[grant].worker].id, at: now, into: &effects)
    }

    // MARK: What must hold

    func checkReclaim(_ check: Check) {
        for (id, awaited) in reclaim.awaited {
            check(requestsByID[id] == nil, "request \(id) is awaited and live")
            guard !awaited.grant.isNone else { continue }
            let slot = Reclaim.Slot(grant: awaited.grant, item: awaited.source.item)
            check(reclaim.slots[slot] == id, "request \(id) is awaited at no item")
            check(grants[awaited.grant].isOpen, "request \(id) is awaited by a closed grant")
        }
        for index in grants.indices {
            let awaited = reclaim.slots.keys.count { $0.grant == index }
            check(
                awaited == grants[index].awaited,
                "grant \(grants[index].id) miscounts what it awaits")
        }
        for (id, index) in reclaim.grants {
            check(grants[index].isOpen && grants[index].id == id, "grant \(id) is another one")
        }
        let begun = reclaim.begun.sorted.compactMap { requestsByID[$0] }
        check(begun.count == reclaim.begun.count, "what had begun and is over is waited for")
        check(
            begun.allSatisfy { requests[$0].isWaiting }
                && reclaim.begun.bytes <= begun.reduce(0) { $0 + requests[$1].heldBytes },
            "more is held for what had begun than there is")
        check(reclaim.isOpen || reclaim.awaited.isEmpty, "what nobody gathers is awaited")
    }
}

extension Reclaim.Word {
    func release(into effects: inout Effects) {
        switch self {
        case .started: break
        case .report(_, let body), .answer(_, let body): effects.append(.release(body))
        }
    }
}

import SluiceModel

// A grant in a worker's hand: what the worker says about it, until the last item is answered.
// Whatever it says about a grant that is not open any more was on its way when that ended.

extension Engine {
    /// The open grant of that name. One that an engine before this one gave is in another row than
    /// its name says.
    func openGrant(_ id: GrantID) -> Index<Grant>? { grants.open(id) ?? reclaim.grants[id] }

    /// The open grant of that name, if that worker has it.
    mutating func openGrant(_ id: GrantID, of worker: WorkerID) -> Index<Grant>? {
        guard let index = grants.open(id) ?? reclaim.grants[id] else { return nil }
        // A worker's row is not used again while a grant of it is open.
        return workers[grants[index].worker].id == worker ? index : nil
    }

    /// Whether an item is still to be answered.
    private mutating func isOpen(_ item: Int, of grant: Index<Grant>) -> Bool {
        grants[grant].items.indices.contains(item) && !grants[grant].items[item].isAnswered
    }

    mutating func start(
        _ item: Int?, of id: GrantID, by worker: WorkerID, at now: Instant,
        into effects: inout Effects
    ) {
        guard let grant = openGrant(id, of: worker) else { return }
        if let item {
            guard isOpen(item, of: grant) else { return }
            start(item, of: grant, at: now, into: &effects)
        } else {
            for item in grants[grant].items.indices where isOpen(item, of: grant) {
                start(item, of: grant, at: now, into: &effects)
            }
        }
    }

    private mutating func start(
        _ item: Int, of grant: Index<Grant>, at now: Instant, into effects: inout Effects
    ) {
        guard !grants[grant].items[item].isStarted,
            !isKept(.started, item, of: grant, into: &effects)
        else {
            return
        }
        grants[grant].items[item].isStarted = true
        if grants[grant].startedAt == nil { grants[grant].startedAt = now }
        let index = grants[grant].items[item].request
        guard !index.isNone else { return }
        requests[index].state = .started
        if !requests[index].wasStarted {
            requests[index].wasStarted = true
            let wait = now.nanoseconds(since: requests[index].enqueuedAt)
            queues[grants[grant].queue].pace.start(after: wait, at: now)
            functions[requests[index].function].tally.addWait(wait)
        }
        if !requests[index].clockwork.isNone { beginAttempt(of: index, at: now) }
        let attempt = Int(requests[index].attempts)
        tell(index, into: &effects) { .started($0, $1, attempt: attempt) }
        if requests[index].isDetached {
            effects.append(other: .store(.start(requests[index].id, attempt: attempt)))
        }
        observe(index, .started(attempt: attempt), into: &effects)
    }

    private mutating func beginAttempt(of index: Index<Request>, at now: Instant) {
        let clockwork = requests[index].clockwork
        clockworks[clockwork].queueTimeoutAt = .distantFuture
        clockworks[clockwork].execTimeoutAt = clockworks[clockwork].execTimeout.end(from: now)
        rearmTimer(of: index)
    }

    mutating func report(
        _ kind: ReportKind, _ body: BodyID, _ item: Int, of id: GrantID, by worker: WorkerID,
        at now: Instant, into effects: inout Effects
    ) {
        guard let grant = openGrant(id, of: worker), isOpen(item, of: grant) else {
            return effects.append(.release(body))
        }
        if isKept(.report(kind, body), item, of: grant, into: &effects) { return }
        defer { effects.append(.release(body)) }
        // A worker that has something to say about an item has begun with it.
        start(item, of: grant, at: now, into: &effects)
        let index = grants[grant].items[item].request
        guard !index.isNone else { return }
        if case .chunk = kind { requests[index].hasSentChunk = true }
        let source =
            requests[index].isDetached
            ? nil : AnswerSource(worker: worker, grant: id, item: item)
        tell(index, into: &effects) { .report($0, $1, kind, body, source) }
        keep(kind, body, of: index, into: &effects)
    }

    mutating func answer(
        _ answer: Answer, _ body: BodyID, _ item: Int, of id: GrantID, by worker: WorkerID,
        at now: Instant, into effects: inout Effects
    ) {
        guard let grant = openGrant(id, of: worker), isOpen(item, of: grant) else {
            effects.append(.acknowledge(worker, id, item: item))
            return effects.append(.release(body))
        }
        if isKept(.answer(answer, body), item, of: grant, into: &effects) { return }
        let index = grants[grant].items[item].request
        if answer != .cancelled { functions[grants[grant].function].deaths = 0 }
        if answer != .completed { grants[grant].isExemplary = false }
        if index.isNone {
            effects.append(.acknowledge(worker, id, item: item))
            effects.append(.release(body))
        } else {
            let source = AnswerSource(worker: worker, grant: id, item: item)
            conclude(
                index, code(for: answer, of: index), answer: body, source: source, at: now,
                into: &effects)
        }
        close(item, of: grant, at: now, into: &effects)
    }

    /// What the answer of a worker means to a request that lives.
    func code(for answer: Answer, of index: Index<Request>) -> Code {
        switch answer {
        case .completed: .ok
        case .failed: .functionError
        // Nobody here told it to stop. Where the request is detached, a daemon did that was killed
        // before the outcome was stored, and that is gone; any other has failed.
        case .cancelled: requests[index].isDetached ? .cancelledByClient : .functionError
        }
    }

    /// Separates a request from the grant that has it, because it got its outcome. Where that
    /// came from elsewhere the worker is told, and must answer before its grace is over once no
    /// other request of the batch wants to go on.
    mutating func detach(
        _ index: Index<Request>, isRevoked: Bool, at now: Instant, into effects: inout Effects
    ) {
        let grant = requests[index].grant
        let item = requests[index].item
        grants[grant].items[item].request = .none
        grants[grant].live -= 1
        guard isRevoked else { return }
        effects.append(.revoke(workers[grants[grant].worker].id, grants[grant].id, item: item))
        grants[grant].isExemplary = false
        if grants[grant].live == 0 { awaitEnd(of: grant, at: now) }
    }

    mutating func awaitEnd(of grant: Index<Grant>, at now: Instant) {
        // One that hangs already goes on hanging: it counts once, however late its items come.
        guard grants[grant].hangsAt == .distantFuture, !grants[grant].isHung,
            grants[grant].awaited == 0
        else { return }
        let moment = now + functions[grants[grant].function].rules.cancelGrace
        grants[grant].hangsAt = moment
        deadlines.arm(.grant(grants[grant].id), at: moment)
    }

    private mutating func close(
        _ item: Int, of grant: Index<Grant>, at now: Instant, into effects: inout Effects
    ) {
        grants[grant].items[item].isAnswered = true
        grants[grant].unanswered -= 1
        guard grants[grant].unanswered == 0 else {
            // What is left may be only what was revoked while others wanted to go on.
            if grants[grant].live == 0 { awaitEnd(of: grant, at: now) }
            return
        }
        learn(from: grant, at: now)
        countRun(of: grant, at: now)
        release(grant, into: &effects)
    }

    /// Frees the place, the slot and the row of a grant whose every item is answered or lost.
    mutating func release(_ index: Index<Grant>, into effects: inout Effects) {
        let (worker, function) = (grants[index].worker, grants[index].function)
        let queue = grants[index].queue
        deadlines.disarm(armedFor: grants[index].hangsAt)
        grants[index].isOpen = false
        if !reclaim.grants.isEmpty { reclaim.grants[grants[index].id] = nil }
        grants[index].hangsAt = .distantFuture
        running -= 1
        remove(index, from: &queues[queue].grants)
        functions[function].running -= 1
        remove(index, from: &workers[worker].grants)
        vacate(index)
        if grants[index].isAlone { workers[worker].isAlone = false }
        if grants[index].isHung { recover(worker, into: &effects) }
        grants.free(index)
        mark(queue)
        statusChanged(in: queue)
        offerRoom(of: worker)
    }

    private mutating func recover(_ worker: Index<Worker>, into effects: inout Effects) {
        workers[worker].hungGrants -= 1
        guard workers[worker].hungGrants == 0 else { return }
        hungWorkers -= 1
        // One that left may compute on: that ends with its process.
        guard workersByID[workers[worker].id] != nil else { return }
        endHanging(of: workers[worker].key, into: &effects)
        effects.append(
            other: .notice(.workerRecovered(workers[worker].id, name: workers[worker].name)))
        workerChanged(worker)
    }

    private mutating func learn(from index: Index<Grant>, at now: Instant) {
        guard grants[index].isExemplary, let start = grants[index].startedAt else { return }
        let (function, count) = (grants[index].function, grants[index].items.count)
        functions[function].serviceTime.add(
            count: count, seconds: Double(now.nanoseconds(since: start)) / 1e9)
        raiseCeiling(of: function, after: count, on: grants[index].placement)
        noteLearned(of: function)
    }
}

extension Slab where Row == Grant {
    fileprivate func open(_ id: GrantID) -> Index<Grant>? {
        guard id.row < extent else { return nil }
        let index = Index<Grant>(id.row)
        return self[index].isOpen && self[index].id == id ? index : nil
    }
}

/// Takes one out that is in it once; the others stay in order.
private func remove(_ grant: Index<Grant>, from grants: inout [Index<Grant>]) {
    guard let position = grants.firstIndex(of: grant) else { return }
    grants.remove(at: position)
}

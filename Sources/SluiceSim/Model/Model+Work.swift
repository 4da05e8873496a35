import SluiceEngine
import SluiceModel

// What workers say about what they have in hand.
extension Model {
    /// The open grant, if this worker has it and the item is still to be answered.
    private func openItem(_ item: Int, of id: GrantID, by worker: WorkerID) -> Item? {
        guard let grant = grants[id], grant.worker == worker,
            grant.items.indices.contains(item), !grant.items[item].isAnswered
        else { return nil }
        return grant.items[item]
    }

    mutating func start(_ item: Int?, of id: GrantID, by worker: WorkerID) {
        guard let grant = grants[id] else { return }
        let all = item.map { $0...$0 } ?? 0...(grant.items.count - 1)
        for item in all { start(item: item, of: id, by: worker) }
    }

    private mutating func start(item: Int, of id: GrantID, by worker: WorkerID) {
        guard let open = openItem(item, of: id, by: worker), !open.isStarted else { return }
        if open.isAwaited { return keep(.started, open.request) }
        grants[id]?.items[item].isStarted = true
        guard open.isLive, let request = requests[open.request] else { return }
        requests[open.request]?.queueDue = nil
        requests[open.request]?.execDue = request.execTimeout.map { now + $0 }
        for key in request.told { duties.append(.started(key, attempt: request.given)) }
        guard request.isDetached else { return }
        duties.append(.errand(request.id, .start(attempt: request.given)))
    }

    mutating func report(
        _ kind: ReportKind, _ body: BodyID, _ item: Int, of id: GrantID, by worker: WorkerID
    ) {
        bodies.insert(body)
        if let open = openItem(item, of: id, by: worker), open.isAwaited {
            return keep(.report(kind, body), open.request)
        }
        // Who has something to say about an item has begun with it.
        start(item: item, of: id, by: worker)
        guard let open = openItem(item, of: id, by: worker), open.isLive,
            let request = requests[open.request]
        else { return }
        if case .chunk = kind { requests[open.request]?.hasSentChunk = true }
        for key in request.told { duties.append(.report(key, kind, body)) }
        guard request.isDetached, case .chunk(let sequence) = kind else { return }
        duties.append(
            .errand(request.id, .keep(attempt: request.given, sequence: sequence, body)))
    }

    mutating func answer(
        _ answer: Answer, _ body: BodyID, _ item: Int, of id: GrantID, by worker: WorkerID
    ) {
        bodies.insert(body)
        guard let open = openItem(item, of: id, by: worker) else {
            duties.append(.acknowledge(worker, id, item: item))
            return
        }
        if open.isAwaited { return keep(.answer(answer, body), open.request) }
        grants[id]?.items[item].isAnswered = true
        if let function = grants[id]?.function, answer != .cancelled {
            functions[function].deathsAtLeast = 0
            if answer == .completed { functions[function].deathsAtMost = 0 }
        }
        if open.isLive {
            let source = AnswerSource(worker: worker, grant: id, item: item)
            conclude(
                open.request, [code(for: answer, of: open.request)], answer: body, source: source)
        } else {
            duties.append(.acknowledge(worker, id, item: item))
        }
        closeIfOver(id)
        noteUnwanted(id)
    }

    /// To stop unasked is to fail; but who was asked by a daemon that is gone was asked, and only
    /// what is detached can live on then without its client.
    func code(for answer: Answer, of id: RequestID) -> Code {
        if answer == .completed { return .ok }
        let wasAsked = answer == .cancelled && requests[id]?.isDetached == true
        return wasAsked ? .cancelledByClient : .functionError
    }

    mutating func runOutOfMemory(_ id: GrantID, by worker: WorkerID) {
        if let grant = grants[id], grant.worker == worker, grant.items.contains(where: \.isAwaited)
        {
            gathering.unfit.insert(id)
            return
        }
        duties.append(.acknowledge(worker, id, item: nil))
        guard let grant = grants[id], grant.worker == worker else { return }
        functions[grant.function].mayHaveCeiling = true
        if grant.devices.isEmpty {
            let size = min(grant.items.count, functions[grant.function].tooLarge?.size ?? .max)
            functions[grant.function].tooLarge = (size, 0)
        }
        for device in grant.devices {
            let known = functions[grant.function].tooLargeOn[device]?.size ?? .max
            functions[grant.function].tooLargeOn[device] = (min(grant.items.count, known), 0)
        }
        let rules = rules(of: grant.function)
        close(id)
        for item in grant.items where !item.isAnswered && item.isLive {
            let mayRunAgain = !item.isStarted || mayRunAgain(item.request, rules)
            // What is too large for one device may fit on another; but suspects go on in halves.
            let isBound = !grant.devices.isEmpty && !grant.isAlone
            let half = isBound ? nil : (grant.items.count + 1) / 2
            takeBack(item.request, company: half, suspectOf: nil)
            if grant.items.count == 1 || !mayRunAgain {
                conclude(item.request, [.outOfMemory])
            } else {
                noteGivenBack(item.request)
            }
        }
    }

    func mayRunAgain(_ id: RequestID, _ rules: Rules) -> Bool {
        guard let request = requests[id] else { return false }
        return rules.retry == .crash && (!request.hasSentChunk || rules.restartable)
    }

    /// Puts a request back to its place, with what was learned about the company it can keep.
    mutating func takeBack(_ id: RequestID, company: Int?, suspectOf grant: GrantID?) {
        guard let request = requests[id] else { return }
        requests[id]?.hand = nil
        requests[id]?.execDue = nil
        requests[id]?.company = min(request.company, company ?? .max)
        requests[id]?.suspectOf = grant ?? request.suspectOf
        enterLine(id)
    }

    mutating func closeIfOver(_ id: GrantID) {
        if grants[id]?.isOver == true { close(id) }
    }

    /// Frees the place and the slot.
    mutating func close(_ id: GrantID) {
        guard let grant = grants.removeValue(forKey: id) else { return }
        queues[grant.queue].running -= 1
        guard let worker = workerIndex(grant.worker) else { return }
        workers[worker].grants.removeAll { $0 == id }
        guard grant.isKnownToHang,
            !workers[worker].grants.contains(where: { grants[$0]?.isKnownToHang ?? false })
        else { return }
        endHanging(of: grant.owner)
    }
}

import SluiceEngine
import SluiceModel

// What must come of those who come back after a restart.

/// For so long nothing starts, and everybody may have again what was theirs.
struct Gathering {
    /// What a worker says about an item.
    enum Word {
        case started
        case report(ReportKind, BodyID)
        case answer(Answer, BodyID)

        var body: BodyID? {
            switch self {
            case .started: nil
            case .report(_, let body), .answer(_, let body): body
            }
        }
    }

    /// A request that a worker has and no client has claimed.
    struct Awaited {
        let grant: GrantID
        let item: Int
        let worker: WorkerID
        let function: Int
        let attempt: Int
        /// Whether the worker that has it is still there.
        var isHeld = true
        var words: [Word] = []
        var hasBegun = false
        var isAnswered: Bool {
            words.contains { if case .answer = $0 { true } else { false } }
        }
    }

    /// The highest number given before.
    var last = RequestID(rawValue: 0)
    /// Until when; nil: it is over.
    var endsAt: Instant?
    var left: Predecessor.Left?
    var claimed: Set<RequestID> = []
    var begun: Set<RequestID> = []
    /// Those of them whose payloads were with workers and not among the waiting ones.
    var weightless: Set<RequestID> = []
    var held = 0
    var awaited: [RequestID: Awaited] = [:]
    /// Grants that ran out of memory while some of their items are awaited.
    var unfit: Set<GrantID> = []
    /// What is to be told of it in the turn in which it is over.
    var told: [Int] = []
    /// Claims that should have been let in and were not.
    var denied: [RequestID] = []

    var bodies: Set<BodyID> {
        awaited.values.reduce(into: []) { $0.formUnion($1.words.compactMap(\.body)) }
    }

    /// Whether all that was left is back.
    var isComplete: Bool {
        guard let left else { return false }
        return claimed.count == left.requests && held == left.grants && begun.isEmpty
    }
}

extension Model {
    var isGathering: Bool { gathering.endsAt != nil }

    mutating func beginReclaim(after predecessor: Predecessor) {
        let window = configuration.daemon.reclaimWindow
        guard window > .zero else { return }
        gathering.endsAt = now + window
        gathering.left = predecessor.left
    }

    mutating func remember(_ declaration: Declaration) {
        functions[know(declaration.function)].declared = declaration.settings
        resolve(know(declaration.function))
    }

    /// Batches may be smaller than the rules say from the start.
    mutating func recall(_ learned: Learned, of name: String) {
        guard let index = functionIndex(name) else { return }
        // What was seen meanwhile counts before it.
        functions[index].learnedMemory = functions[index].learnedMemory ?? learned.memory
        functions[index].learnedMemoryPerItem =
            functions[index].learnedMemoryPerItem ?? learned.memoryPerItem
        guard let ceiling = learned.batchCeiling, (1...Limits.batchSize).contains(ceiling)
        else { return }
        functions[index].mayHaveCeiling = true
        functions[index].tooLarge = (ceiling + 1, 0)
    }

    // MARK: Clients

    mutating func take(back submission: Submission, _ claim: Claim, from client: ClientID) {
        let key = Key(client: client, number: submission.number)
        guard let caller = clients[client], numbers[key] == nil else {
            return submit(submission, from: client)
        }
        let batch = functionIndex(submission.function).map { rules(of: $0).batchSize } ?? 1
        let most = maxRunning.number.map { $0 * batch } ?? .max
        let isWeightless = claim.attempt > 0 && gathering.begun.count < most
        let isFree =
            gathering.endsAt != nil && claim.request <= gathering.last
            && requests[claim.request] == nil && !gathering.claimed.contains(claim.request)
        // A name that nobody declared since is one that was known when the request was let in.
        let isAllowed =
            functionIndex(submission.function).flatMap { rules(of: $0).allowUsers }?
            .contains(caller.user) ?? true
        let fits =
            hasMemory(for: isWeightless ? 0 : submission.heldBytes, claim, key)
            && hasQuota(for: submission, of: caller, claim, key)
        guard isFree, isAllowed, fits, mayName(submission.caller, caller) else {
            guard claim.attempt > 0, let function = functionIndex(submission.function),
                !mayRunAgain(rules(of: function), hasSentChunk: claim.chunks > 0)
            else { return submit(submission, from: client) }
            bodies.insert(submission.body)
            guard case .accepted(let id)? = fates.next(of: key) else {
                return gathering.denied.append(claim.request)
            }
            let ending = Duty.Ending(request: id, key: key, isTold: true, codes: [.workerDied])
            return duties.append(.outcome(ending))
        }
        bodies.insert(submission.body)
        guard case .accepted(claim.request)? = fates.next(of: key) else {
            return gathering.denied.append(claim.request)
        }
        accept(submission, as: claim.request, key, caller, know(submission.function))
        requests[claim.request]?.given = claim.attempt
        requests[claim.request]?.hasSentChunk = claim.chunks > 0
        comeBack(claim.request, attempt: claim.attempt, isWeightless: isWeightless)
    }

    /// A request is back, be it with its client or from the store.
    mutating func comeBack(_ id: RequestID, attempt: Int, isWeightless: Bool) {
        gathering.claimed.insert(id)
        if attempt > 0 {
            requests[id]?.queueDue = nil
            gathering.begun.insert(id)
            if isWeightless { gathering.weightless.insert(id) }
        }
        guard let awaited = gathering.awaited.removeValue(forKey: id) else { return }
        meet(id, awaited)
    }

    /// What is refused at the end of the turn takes memory until then, or does not.
    private func hasMemory(for bytes: Int, _ claim: Claim, _ key: Key) -> Bool {
        let most = configuration.daemon.maxBytes
        let weightless = gathering.begun.intersection(gathering.weightless)
        let held =
            heldBytes + bytes - weightless.reduce(0) { $0 + (requests[$1]?.heldBytes ?? 0) }
        guard held / 2 <= most else { return false }
        let late = lateRefusals.reduce(0) { $0 + $1.heldBytes }
        guard (held + late) / 2 > most else { return true }
        return isTakenBack(claim, key)
    }

    /// Twice the quota, of which half may be new.
    private func hasQuota(
        for submission: Submission, of caller: Caller, _ claim: Claim, _ key: Key
    ) -> Bool {
        let most = configuration.daemon.maxRequestsPerUser
        let account = Account(user: caller.user, caller: submission.caller)
        let live = requests.values.count { $0.account == account } + detached.live(of: account)
        let late = lateRefusals.count { $0.account == account }
        guard most.allows(oneMoreThan: live / 2) else { return false }
        guard !most.allows(oneMoreThan: (live + late) / 2) else { return true }
        return isTakenBack(claim, key)
    }

    private func isTakenBack(_ claim: Claim, _ key: Key) -> Bool {
        if case .accepted(claim.request)? = fates.peek(at: key) { return true }
        return false
    }

    private func mayRunAgain(_ rules: Rules, hasSentChunk: Bool) -> Bool {
        rules.retry == .crash && (!hasSentChunk || rules.restartable)
    }

    private mutating func meet(_ id: RequestID, _ awaited: Gathering.Awaited) {
        guard let request = requests[id], awaited.function == request.function,
            awaited.attempt >= request.given
        else { return giveUp(id, awaited) }
        guard awaited.isHeld else { return meetDead(id, awaited) }
        grants[awaited.grant]?.items[awaited.item].isAwaited = false
        attach(id, to: awaited.grant, awaited.item, attempt: awaited.attempt)
        for word in awaited.words { say(word, awaited) }
        runOutOfMemoryIfDue(awaited.grant, by: awaited.worker)
    }

    private mutating func attach(
        _ id: RequestID, to grant: GrantID, _ item: Int, attempt: Int
    ) {
        leaveLine(id)
        requests[id]?.hand = (grant, item)
        requests[id]?.given = attempt
        grants[grant]?.items[item].isLive = true
        gathering.begun.remove(id)
    }

    private mutating func say(_ word: Gathering.Word, _ awaited: Gathering.Awaited) {
        let (grant, item, worker) = (awaited.grant, awaited.item, awaited.worker)
        switch word {
        case .started: start(item, of: grant, by: worker)
        case .report(let kind, let body): report(kind, body, item, of: grant, by: worker)
        case .answer(let answer, let body):
            self.answer(answer, body, item, of: grant, by: worker)
        }
    }

    /// Its worker was back and died: its answer counts, and without one it is as with any claim
    /// whose worker is not back.
    private mutating func meetDead(_ id: RequestID, _ awaited: Gathering.Awaited) {
        guard let request = requests[id] else { return }
        let wasBegun = gathering.begun.remove(id) != nil || awaited.hasBegun
        requests[id]?.given = awaited.attempt
        for word in awaited.words {
            switch word {
            case .started:
                for key in request.told { duties.append(.started(key, attempt: awaited.attempt)) }
            case .report(let kind, let body):
                for key in request.told { duties.append(.report(key, kind, body)) }
            case .answer(let answer, let body):
                let source = AnswerSource(
                    worker: awaited.worker, grant: awaited.grant, item: awaited.item)
                return conclude(
                    id, [code(for: answer, of: id)], answer: body,
                    source: source)
            }
        }
        let rules = rules(of: request.function)
        if wasBegun, !mayRunAgain(rules, hasSentChunk: request.hasSentChunk) {
            conclude(id, [.workerDied])
        }
    }

    // MARK: Workers

    mutating func take(back batch: HeldBatch, as id: GrantID, of worker: WorkerID) {
        guard let index = workerIndex(worker) else { return }
        if grants[id]?.worker == worker { return }
        guard batch.items.contains(where: { $0.request != nil }) else {
            return duties.append(.acknowledge(worker, id, item: nil))
        }
        // Before it says READY, and about what it serves.
        guard grants[id] == nil, workers[index].slots == 0,
            let function = functionIndex(batch.function),
            workers[index].functions.contains(function)
        else { return }
        let queue = functions[function].queue
        var grant = Grant(
            worker: worker, function: function, queue: queue, isAlone: false,
            items: batch.items.map {
                var item = Item(request: $0.request ?? RequestID(rawValue: 0), isLive: false)
                item.isAnswered = $0.request == nil
                return item
            }, owner: workers[index].owner)
        let named = batch.devices.filter { equipment.device($0) != nil }
        occupy(named, with: &grant, on: workers[index])
        grants[id] = grant
        queues[queue].running += 1
        workers[index].grants.append(id)
        noteItems(of: workers[index])
        gathering.held += 1
        for (item, held) in batch.items.enumerated() {
            guard let request = held.request else { continue }
            take(back: request, held.attempt, id, item, worker, function)
        }
        noteUnwanted(id)
    }

    private mutating func take(
        back id: RequestID, _ attempt: Int, _ grant: GrantID, _ item: Int, _ worker: WorkerID,
        _ function: Int
    ) {
        func isWanted() -> Bool {
            guard id <= gathering.last else { return false }
            if let request = requests[id] {
                return request.isWaiting && request.function == function
                    && attempt >= request.given
            }
            guard gathering.endsAt != nil, !gathering.claimed.contains(id) else { return false }
            return gathering.awaited[id].map { !$0.isAnswered && $0.attempt < attempt } ?? true
        }
        guard isWanted() else {
            grants[grant]?.items[item].isRevoked = true
            return duties.append(.revoke(worker, grant, item: item))
        }
        guard requests[id] == nil else {
            return attach(id, to: grant, item, attempt: attempt)
        }
        if let other = gathering.awaited[id] { giveUp(id, other) }
        grants[grant]?.items[item].isAwaited = true
        gathering.awaited[id] = Gathering.Awaited(
            grant: grant, item: item, worker: worker, function: function, attempt: attempt)
    }

    mutating func keep(_ word: Gathering.Word, _ id: RequestID) {
        guard let awaited = gathering.awaited[id], !awaited.isAnswered else { return }
        if awaited.hasBegun {
            if word.body == nil { return }
        } else if case .report = word {
            gathering.awaited[id]?.words.append(.started)
            gathering.awaited[id]?.hasBegun = true
        }
        if word.body == nil { gathering.awaited[id]?.hasBegun = true }
        gathering.awaited[id]?.words.append(word)
    }

    /// Nobody comes for it. What was answered may be forgotten, and what was not is to stop.
    private mutating func giveUp(_ id: RequestID, _ awaited: Gathering.Awaited) {
        gathering.awaited[id] = nil
        guard awaited.isHeld else { return }
        grants[awaited.grant]?.items[awaited.item].isAwaited = false
        if awaited.isAnswered {
            for case .answer(let answer, let body) in awaited.words {
                say(.answer(answer, body), awaited)
            }
        } else if !gathering.unfit.contains(awaited.grant) {
            grants[awaited.grant]?.items[awaited.item].isRevoked = true
            duties.append(.revoke(awaited.worker, awaited.grant, item: awaited.item))
            noteUnwanted(awaited.grant)
        }
        runOutOfMemoryIfDue(awaited.grant, by: awaited.worker)
    }

    private mutating func runOutOfMemoryIfDue(_ id: GrantID, by worker: WorkerID) {
        guard let grant = grants[id], !grant.items.contains(where: \.isAwaited),
            gathering.unfit.remove(id) != nil
        else { return }
        runOutOfMemory(id, by: worker)
    }

    mutating func loseAwaited(of id: GrantID) {
        gathering.unfit.remove(id)
        for (request, awaited) in gathering.awaited where awaited.grant == id {
            gathering.awaited[request]?.isHeld = false
            if !awaited.isAnswered { gathering.awaited[request]?.words = [] }
        }
    }

    // MARK: The end

    /// Whether it ends at the end of the window, because its worker did not come back with it.
    func isLostWithItsWorker(_ id: RequestID) -> Bool {
        guard let end = gathering.endsAt, end <= now, gathering.begun.contains(id),
            let request = requests[id]
        else { return false }
        return request.isWaiting
            && !mayRunAgain(rules(of: request.function), hasSentChunk: request.hasSentChunk)
    }

    mutating func endGatheringIfDue() {
        guard let end = gathering.endsAt, end <= now || gathering.isComplete else { return }
        gathering.told = [
            gathering.claimed.count, gathering.held, gathering.awaited.count,
        ]
        for (id, awaited) in gathering.awaited.sorted(by: { $0.key < $1.key }) {
            giveUp(id, awaited)
        }
        for id in gathering.begun.sorted() where isLostWithItsWorker(id) {
            conclude(id, [.workerDied])
        }
        gathering.endsAt = nil
        gathering.claimed = []
        gathering.begun = []
        gathering.weightless = []
    }
}

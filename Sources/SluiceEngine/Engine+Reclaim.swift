import SluiceModel

// Taking back what an engine before this one had accepted. The rule, as RESTARTS in sluice(7)
// promises it:
//
//   For `reclaim_window` after a restart clients claim their requests and workers the batches they
//   have in hand. A claimed request is where it was: at its place, or with its worker. Nothing
//   starts until the window is over, or all that the stopped daemon left is back.
//
// Nothing at all, because any claim that is still to come may be older than what waits, and
// wants its place of the queue, of the daemon and of a worker. Requests and batches are matched
// by the request's number, whichever comes first. What a worker says about a request before its
// client is back is kept in order and said then; what nobody claims is revoked when the window
// is over, and keeps its place until its worker has answered, as ever.
//
// A claim is not measured against limits on how many wait: it was let in before. What a client
// may keep to bring again is bounded all the same: by user, in bytes, and by what can have run.

extension Engine {
    mutating func beginReclaim(after predecessor: Predecessor, at now: Instant) {
        guard settings.reclaimWindow > .zero, !reclaim.isOpen else { return }
        reclaim.isOpen = true
        reclaim.predecessor = predecessor
        reclaim.endsAt = now + settings.reclaimWindow
        deadlines.arm(.reclaim, at: reclaim.endsAt)
    }

    /// Whether somebody may still come back for whom everything has to wait.
    var isGathering: Bool { reclaim.isOpen }

    /// Only a daemon that was stopped in peace could say how much to expect.
    private var isEverythingBack: Bool {
        guard let left = reclaim.predecessor.left else { return false }
        return reclaim.claimed.count == left.requests && reclaim.held == left.grants
            && reclaim.begun.isEmpty
    }

    /// The highest number given so far.
    public var lastPlace: RequestID { RequestID(rawValue: lastRequest) }

    /// What there is to come back for, should the daemon stop now; nil: not all that there was
    /// before is back, so nobody can tell.
    public var left: Predecessor.Left? {
        reclaim.isOpen
            ? nil
            : Predecessor.Left(
                requests: requests.count + detached.storing.count + detached.unsettled.count,
                grants: grants.count)
    }

    // MARK: Claims

    /// A request with a ticket. One that cannot be taken back is a new one, which must not run
    /// twice any more than an old one.
    mutating func take(
        back submission: Submission, _ claim: Claim, from client: ClientID, at now: Instant,
        into effects: inout Effects
    ) {
        // What is detached comes back from the store, and needs no ticket.
        guard !submission.ask.isDetached, let asker = clientsByID[client],
            request(submission.ask.number, of: asker) == nil
        else {
            return submit(submission, from: client, at: now, into: &effects)
        }
        let wasHeld = isHeldFor(submission, claim)
        guard isFree(claim.request),
            isTakenBack(submission, from: asker, wasHeld: wasHeld),
            let function = claimedFunction(submission.function, by: clients[asker].caller)
        else {
            guard mayRun(submission, again: claim) else {
                return fail(submission, claim, from: client, into: &effects)
            }
            return submit(submission, from: client, at: now, into: &effects)
        }
        let account = account(for: submission.caller, of: asker)
        let index = register(
            submission.ask, as: claim.request, of: function, from: asker, countedFor: account,
            at: now)
        requests[index].attempts = UInt32(clamping: claim.attempt)
        requests[index].wasStarted = claim.attempt > 0
        requests[index].hasSentChunk = claim.chunks > 0
        reclaim.claimed.insert(claim.request)
        enterLineAtItsPlace(index)
        wind(index, submission.ask, at: now)
        if claim.attempt > 0 {
            beganBefore(index, holding: wasHeld ? 0 : submission.ask.heldBytes)
        }
        announce(index, at: now, into: &effects)
        watchFromNow(index)
        guard let awaited = reclaim.awaited.removeValue(forKey: claim.request) else { return }
        meet(index, awaited, at: now, into: &effects)
    }

    /// Its client was told that it had begun: that was in time.
    mutating func beganBefore(_ index: Index<Request>, holding bytes: Int) {
        reclaim.begun.insert(requests[index].id, holding: bytes)
        endQueueTimeout(of: index)
    }

    /// It was started once, and that was in time.
    mutating func endQueueTimeout(of index: Index<Request>) {
        guard !requests[index].clockwork.isNone else { return }
        clockworks[requests[index].clockwork].queueTimeoutAt = .distantFuture
        rearmTimer(of: index)
    }

    /// Whether the number is an earlier engine's, and nobody claimed it yet.
    private func isFree(_ id: RequestID) -> Bool {
        reclaim.isOpen && id.rawValue > 0 && id <= reclaim.last && requestsByID[id] == nil
            && !reclaim.claimed.contains(id)
    }

    /// What was let in before fits, unless more comes back than there can have been. Beside what is
    /// claimed there may be as much that is new.
    private func isTakenBack(
        _ submission: Submission, from client: Index<Client>, wasHeld: Bool
    ) -> Bool {
        guard mayName(submission.caller, client) else { return false }
        let ask = submission.ask
        let known = submission.caller.map { callers[clients[client].caller.user, $0] }
        let live = (known ?? clients[client].user).map { users[$0].live } ?? 0
        let bytes = heldBytes - reclaim.begun.bytes + (wasHeld ? ask.heldBytes : 0)
        return clients[client].requests.count < Limits.requestsPerClient
            && settings.maxRequestsPerUser.allows(oneMoreThan: live / 2)
            && bytes / 2 <= settings.maxBytes
            && (!ask.holdsFile || heldFiles / 2 < settings.maxFiles)
    }

    /// Whether the payload was among those that `max_bytes` is about. Of what a worker had it was
    /// not, and it is not measured by it now; but only as many as workers can have had at once.
    private func isHeldFor(_ submission: Submission, _ claim: Claim) -> Bool {
        guard claim.attempt > 0 else { return true }
        let batch = functionsByName[submission.function].map { functions[$0].rules.maxBatchSize }
        let batches = settings.maxRunning.number ?? Limits.awaitedRequests
        return reclaim.begun.count >= batches * (batch ?? 1)
    }

    /// The function of a claim. It was known when the request was let in, whatever became of the
    /// declaration since.
    private mutating func claimedFunction(
        _ name: String, by caller: Caller
    ) -> Index<Function>? {
        if let known = functionsByName[name] {
            let isAllowed = functions[known].rules.allowUsers?.contains(caller.user) ?? true
            return isAllowed ? known : nil
        }
        return functions.count < Limits.functions ? knownFunction(name) : nil
    }

    private func mayRun(_ submission: Submission, again claim: Claim) -> Bool {
        guard claim.attempt > 0, let function = functionsByName[submission.function] else {
            return true
        }
        let rules = functions[function].rules
        return rules.retry == .crash && (claim.chunks == 0 || rules.restartable)
    }

    private mutating func fail(
        _ submission: Submission, _ claim: Claim, from client: ClientID,
        into effects: inout Effects
    ) {
        troubles[.workerDied, default: 0] += 1
        if let known = functionsByName[submission.function] {
            functions[known].tally.count(.workerDied)
        }
        effects.append(
            .outcome(
                client, submission.ask.number,
                Conclusion(
                    request: nextRequest(), code: .workerDied,
                    attempts: claim.attempt)))
        effects.append(.release(submission.ask.body))
    }

    /// It is told its rank when the turn is decided, as whoever begins to ask.
    mutating func watchFromNow(_ index: Index<Request>) {
        guard !requests[index].watch.isNone else { return }
        rewatch(index)
        watchers.append(Arrival(index: index, id: requests[index].id))
    }

    mutating func enterLineAtItsPlace(_ index: Index<Request>) {
        let function = requests[index].function
        var near = Index<Request>.none
        if let hint = reclaim.hints[function], isInLine(hint, of: function) { near = hint.index }
        functions[function].line.insert(index, near: near, in: &requests)
        reclaim.hints[function] = Arrival(index: index, id: requests[index].id)
        countWaiting(index)
        mark(functions[function].queue)
        statusChanged(in: functions[function].queue)
    }

    private mutating func isInLine(_ arrival: Arrival, of function: Index<Function>) -> Bool {
        isWaiting(arrival) && !requests[arrival.index].isRetry
            && requests[arrival.index].function == function
    }

    // MARK: The end

    /// Ends it in the turn in which all that the stopped daemon left is back, so that nobody has
    /// to wait for a moment at which nothing is expected any more.
    mutating func endReclaimIfComplete(at now: Instant, into effects: inout Effects) {
        guard reclaim.isOpen, isEverythingBack else { return }
        deadlines.disarm(armedFor: reclaim.endsAt)
        endReclaim(at: now, into: &effects)
    }

    /// Whoever is not back is not waited for any longer.
    mutating func endReclaim(at now: Instant, into effects: inout Effects) {
        let begun = reclaim.begun
        effects.append(
            other: .notice(
                .reclaimed(
                    requests: reclaim.claimed.count, grants: reclaim.held,
                    unclaimed: reclaim.awaited.count)))
        for (_, awaited) in reclaim.awaited.sorted(by: { $0.key < $1.key }) {
            giveUp(awaited, at: now, into: &effects)
        }
        reclaim.close()
        for id in begun.sorted {
            guard let index = requestsByID[id], requests[index].isWaiting, !mayRunAgain(index)
            else { continue }
            conclude(index, .workerDied, at: now, into: &effects)
        }
        for queue in queues.indices { mark(queue) }
    }
}

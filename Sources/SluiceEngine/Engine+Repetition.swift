import SluiceModel

// Detached requests that no client brings: those that an operator wants to run once more, and
// those that were there before a restart.

extension Engine {
    // MARK: Once more

    /// Takes in what ended without success as a new request, for nobody who listens.
    mutating func take(
        _ repetition: Repetition, token: UInt64, at now: Instant, into effects: inout Effects
    ) {
        guard let function = functionsByName[repetition.function] else {
            let refusal = Refusal(place: repetition.function, depth: 0)
            effects.append(.release(repetition.ask.body))
            return effects.append(
                other: .repeated(token: token, .failure(.refused(.unknownFunction, refusal))))
        }
        let user = account(of: repetition.user, for: repetition.caller)
        if let objection = objection(to: repetition.ask, for: function, countedFor: user, at: now) {
            let (code, refusal) = refusal(for: objection, function, countedFor: user, at: now)
            collect(user)
            effects.append(.release(repetition.ask.body))
            return effects.append(
                other: .repeated(token: token, .failure(.refused(code, refusal))))
        }
        begin(
            Storing(
                function: function, user: user, ask: repetition.ask, enqueuedAt: now, origin: nil,
                repeats: repetition.of, token: token), as: nextRequest())
    }

    // MARK: After a restart

    /// A stored request without an outcome is where it was: at its place, or with its worker, who
    /// comes back as all workers do; see `Engine+Reclaim`.
    mutating func recover(
        _ recovered: Recovered, at now: Instant, into effects: inout Effects
    ) {
        guard requestsByID[recovered.request] == nil else {
            return effects.append(.release(recovered.ask.body))
        }
        lastRequest = max(lastRequest, recovered.request.rawValue)
        let function = knownFunction(recovered.function)
        let user = account(of: recovered.user, for: recovered.caller)
        functions[function].live += 1
        users[user].live += 1
        let begin = now + (.zero - recovered.age)
        let index = insert(
            recovered.ask, as: recovered.request, of: function, since: begin,
            for: Detached(user: user))
        requests[index].attempts = UInt32(clamping: recovered.attempt)
        requests[index].charged = UInt16(clamping: recovered.charged)
        requests[index].wasStarted = recovered.attempt > 0
        requests[index].hasSentChunk = recovered.hasSentChunk
        requests[index].isAnnounced = true
        enterLineAtItsPlace(index)
        watchFromNow(index)
        wind(index, recovered.ask, at: begin)
        if recovered.attempt > 0 { endQueueTimeout(of: index) }
        guard reclaim.isOpen else {
            guard recovered.hasBegun, !mayRunAgain(index) else { return }
            return conclude(index, .workerDied, at: now, into: &effects)
        }
        reclaim.claimed.insert(recovered.request)
        if recovered.hasBegun { beganBefore(index, holding: recovered.ask.heldBytes) }
        guard let awaited = reclaim.awaited.removeValue(forKey: recovered.request) else { return }
        meet(index, awaited, at: now, into: &effects)
    }
}

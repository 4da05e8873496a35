import SluiceModel

// The two ends of a request inside the engine: into the line and out of it, and its outcome.

extension Engine {
    // MARK: Waiting

    /// A new request joins its function's line at the end.
    mutating func enterLine(_ index: Index<Request>) {
        let function = requests[index].function
        functions[function].line.append(index, in: &requests)
        countWaiting(index)
        mark(functions[function].queue)
    }

    /// A request that a worker had goes back to its place in the line.
    mutating func returnToLine(_ index: Index<Request>, into effects: inout Effects) {
        becomeWaiting(index, into: &effects)
        functions[requests[index].function].line.putBack(index, in: &requests)
    }

    /// Suspects go back as a batch that runs by itself.
    mutating func returnAsRetry(_ members: [Index<Request>], into effects: inout Effects) {
        guard let first = members.first else { return }
        let function = requests[first].function
        for index in members {
            becomeWaiting(index, into: &effects)
            requests[index].isRetry = true
        }
        let oldest = requests[first].id
        let position =
            functions[function].retries.firstIndex {
                $0.members.first.map { oldest < requests[$0].id } ?? false
            } ?? functions[function].retries.endIndex
        functions[function].retries.insert(Retry(members: members), at: position)
        functions[function].retrying += members.count
        retrying += members.count
    }

    private mutating func becomeWaiting(_ index: Index<Request>, into effects: inout Effects) {
        requests[index].state = .waiting
        requests[index].grant = .none
        let clockwork = requests[index].clockwork
        if !clockwork.isNone {
            clockworks[clockwork].execTimeoutAt = .distantFuture
            rearmTimer(of: index)
        }
        countWaiting(index)
        let queue = functions[requests[index].function].queue
        mark(queue)
        // Whoever is behind has one more ahead again.
        statusChanged(in: queue)
        observe(index, .returned, into: &effects)
        if requests[index].isDetached {
            let charged = Int(requests[index].charged)
            effects.append(other: .store(.giveBack(requests[index].id, charged: charged)))
        }
        rewatch(index)
    }

    mutating func countWaiting(_ index: Index<Request>) {
        queues[functions[requests[index].function].queue].waiting.insert(requests[index].id)
        waiting += 1
        count(bytes: requests[index].heldBytes, of: index)
    }

    /// Takes a waiting request out of wherever it waits.
    mutating func leaveLine(_ index: Index<Request>) {
        let function = requests[index].function
        let queue = functions[function].queue
        if requests[index].isRetry {
            leaveRetry(index, of: function)
        } else {
            functions[function].line.remove(index, in: &requests)
        }
        queues[queue].waiting.remove(requests[index].id)
        waiting -= 1
        count(bytes: -requests[index].heldBytes, of: index)
        stopWatching(index)
        statusChanged(in: queue)
        // A shorter line may have another head, and a head held for company may be freed.
        mark(queue)
        // What was kept free for the old head is kept from fewer.
        for device in functions[function].promised { deviceChanged(device) }
    }

    private mutating func leaveRetry(_ index: Index<Request>, of function: Index<Function>) {
        requests[index].isRetry = false
        functions[function].retrying -= 1
        retrying -= 1
        guard let at = functions[function].retries.firstIndex(where: { $0.members.contains(index) })
        else { preconditionFailure("request \(requests[index].id) is in no retry") }
        functions[function].retries[at].members.removeAll { $0 == index }
        guard functions[function].retries[at].members.isEmpty else {
            return sortRetries(of: function)
        }
        functions[function].retries.remove(at: at)
        if functions[function].retries.isEmpty { endReservation(of: function) }
    }

    /// A retry is as old as its oldest member, who may just have left.
    private mutating func sortRetries(of function: Index<Function>) {
        var retries = functions[function].retries
        retries.sort { a, b in
            guard let a = a.members.first, let b = b.members.first else { return false }
            return requests[a].id < requests[b].id
        }
        functions[function].retries = retries
    }

    // MARK: Outcome

    /// Tells the client that it is in, once.
    mutating func announce(
        _ index: Index<Request>, at now: Instant, into effects: inout Effects
    ) {
        guard !requests[index].isAnnounced else { return }
        requests[index].isAnnounced = true
        let function = requests[index].function
        queues[functions[function].queue].pace.admit(at: now)
        let mayRunTwice = functions[function].rules.retry == .crash
        let (id, isGranted) = (requests[index].id, !requests[index].isWaiting && mayRunTwice)
        tell(index, into: &effects) { .admitted($0, $1, id, isGranted: isGranted) }
        observe(index, .admitted, into: &effects)
    }

    /// Gives a request its one outcome and forgets it. If a worker has it, the worker is told,
    /// and the place stays taken until it answers.
    mutating func conclude(
        _ index: Index<Request>, _ code: Code, answer: BodyID? = nil, source: AnswerSource? = nil,
        refusal: Refusal? = nil, at now: Instant, into effects: inout Effects
    ) {
        switch requests[index].state {
        case .waiting: leaveLine(index)
        case .granted, .started:
            // A request taken back from a lost grant has none, and no worker to be told.
            guard !requests[index].grant.isNone else { break }
            detach(index, isRevoked: source == nil, at: now, into: &effects)
        }
        observe(index, .ended(code), into: &effects)
        let conclusion = Conclusion(
            request: requests[index].id, code: code, attempts: Int(requests[index].attempts),
            answer: answer, source: source)
        count(code, 1)
        guard !requests[index].isDetached else {
            // Its tally waits for the store's word.
            let request = requests[index]
            effects.append(.release(request.body))
            forget(index)
            return beginSettling(request, conclusion, at: now, into: &effects)
        }
        functions[requests[index].function].tally.count(code)
        let client = requests[index].client
        let told = clients[client].isPresent ? clients[client].id : nil
        if let refusal {
            effects.append(other: .refused(told, requests[index].number, conclusion, refusal))
        } else {
            effects.append(.outcome(told, requests[index].number, conclusion))
        }
        effects.append(.release(requests[index].body))
        if let answer { effects.append(.release(answer)) }
        forget(index)
    }

    @inline(__always)
    private mutating func count(_ code: Code, _ change: Int) {
        if case .ok = code { completed += change } else { troubles[code, default: 0] += change }
    }

    /// An outcome that was counted is another, before anybody was told.
    mutating func recount(_ old: Code, as new: Code) {
        count(old, -1)
        count(new, 1)
    }

    private mutating func forget(_ index: Index<Request>) {
        requestsByID.remove(requests[index].id)
        if !requests[index].isDetached {
            let client = requests[index].client
            requestsByNumber.remove(requests[index].number, client, &clients[client].requests)
        }
        uncount(index)
        functions[requests[index].function].live -= 1
        let (clockwork, watch) = (requests[index].clockwork, requests[index].watch)
        if !clockwork.isNone {
            deadlines.disarm(armedFor: clockworks[clockwork].due)
            clockworks.free(clockwork)
        }
        if !watch.isNone { watches.free(watch) }
        if !reclaim.begun.isEmpty { reclaim.begun.remove(requests[index].id) }
        requests[index].isOver = true
        requests.free(index)
    }

    // MARK: Timers

    /// - Precondition: the request has timeouts.
    mutating func armTimer(of index: Index<Request>) {
        let clockwork = requests[index].clockwork
        let due = clockworks[clockwork].nextExpiry(in: requests[index].state)
        clockworks[clockwork].due = due
        deadlines.arm(.request(index, requests[index].id), at: due)
    }

    /// - Precondition: the request has timeouts.
    mutating func rearmTimer(of index: Index<Request>) {
        let clockwork = requests[index].clockwork
        let due = clockworks[clockwork].nextExpiry(in: requests[index].state)
        guard due != clockworks[clockwork].due else { return }
        deadlines.disarm(armedFor: clockworks[clockwork].due)
        armTimer(of: index)
    }

    mutating func observe(_ index: Index<Request>, _ step: RequestStep, into effects: inout Effects)
    {
        guard isObserved else { return }
        tell(step, of: index, into: &effects)
    }

    private func tell(_ step: RequestStep, of index: Index<Request>, into effects: inout Effects) {
        let request = requests[index]
        let function = functions[request.function]
        effects.append(
            other: .notice(
                .request(
                    request.id, function: function.name, queue: queues[function.queue].name, step)))
    }
}

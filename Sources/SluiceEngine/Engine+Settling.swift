import SluiceModel

// The end of a detached request: its outcome is stored before anybody is told, and until then
// the worker keeps its answer. What the store does not take is offered again: there is nowhere
// else to put it. An operator sees it waiting, and may give its result up: then something small
// is offered in its place.

/// How long to wait before what the store did not take is offered again.
private let secondThought = Duration.seconds(1)

extension Engine {
    /// Whether there are outcomes that the store did not take.
    public var hasUnsettled: Bool { !detached.unsettled.isEmpty }

    /// The request has ended and takes no place any more.
    mutating func beginSettling(
        _ request: Request, _ conclusion: Conclusion, at now: Instant, into effects: inout Effects
    ) {
        guard let owner = detached.live.removeValue(forKey: request.id) else { return }
        let begun = request.grant.isNone ? nil : grants[request.grant].startedAt
        let life = Settling.Life(
            function: functions[request.function].name,
            waited: (begun ?? now) - request.enqueuedAt, bytes: request.bytes)
        detached.settling[request.id] = Settling(
            user: owner.user, listeners: owner.listeners, conclusion: conclusion,
            source: conclusion.source, hasSentChunk: request.hasSentChunk, life: life)
        effects.append(other: .store(.finish(request.id, conclusion)))
    }

    mutating func take(
        _ settlement: Settlement, of id: RequestID, at now: Instant, into effects: inout Effects
    ) {
        guard let settling = detached.settling[id] else { return }
        detached.settling[id]?.isOffered = false
        switch settlement {
        case .known where settling.isChanged: tellStored(id, settling, into: &effects)
        case .kept, .known: tellOutcome(of: id, settling, into: &effects)
        case .tooLarge:
            guard settling.conclusion.answer != nil else { return }
            change(id, to: .resultTooLarge, into: &effects)
            offer(id, into: &effects)
        case .refused(let reason):
            detached.settling[id]?.wait = (settling.wait?.since ?? now, reason)
            if settling.isCancelled { change(id, to: .cancelledByOperator, into: &effects) }
            detached.unsettled.append(id)
            guard detached.retryAt == .distantFuture else { return }
            detached.retryAt = now + secondThought
            deadlines.arm(.store, at: detached.retryAt)
        }
    }

    private mutating func offer(_ id: RequestID, into effects: inout Effects) {
        guard let conclusion = detached.settling[id]?.conclusion else { return }
        detached.settling[id]?.isOffered = true
        effects.append(other: .store(.finish(id, conclusion)))
    }

    /// The worker may forget what is stored, whether or not anybody listens.
    private func acknowledge(_ settling: Settling, into effects: inout Effects) {
        guard let source = settling.source else { return }
        effects.append(.acknowledge(source.worker, source.grant, item: source.item))
    }

    private mutating func tellOutcome(
        of id: RequestID, _ settling: Settling, into effects: inout Effects
    ) {
        detached.settling[id] = nil
        count(settled: settling)
        var told = settling.conclusion
        told.source = nil
        acknowledge(settling, into: &effects)
        for listener in settling.listeners {
            stopListening(listener)
            effects.append(.outcome(listener.client, listener.number, told))
        }
        if settling.listeners.isEmpty {
            effects.append(.outcome(nil, RequestNumber(rawValue: 0), told))
        }
        if let answer = told.answer { effects.append(.release(answer)) }
        letGo(of: settling.user)
    }

    /// The store had the first outcome all along, and whoever listens is read that one.
    private mutating func tellStored(
        _ id: RequestID, _ settling: Settling, into effects: inout Effects
    ) {
        detached.settling[id] = nil
        count(settled: settling)
        acknowledge(settling, into: &effects)
        for listener in settling.listeners {
            stopListening(listener)
            listen(listener, to: Fetch(request: id), into: &effects)
        }
        letGo(of: settling.user)
    }

    /// An answer that cannot be kept is none. What is not stored nobody was told.
    mutating func change(
        _ id: RequestID, to code: Code, into effects: inout Effects
    ) {
        guard let old = detached.settling[id]?.conclusion else { return }
        recount(old.code, as: code)
        detached.settling[id]?.conclusion = Conclusion(
            request: id, code: code, attempts: old.attempts)
        detached.settling[id]?.isChanged = true
        if let answer = old.answer { effects.append(.release(answer)) }
    }

    /// Offers again what the store did not take.
    mutating func settleAgain(into effects: inout Effects) {
        detached.retryAt = .distantFuture
        let unsettled = detached.unsettled
        detached.unsettled = []
        for id in unsettled { offer(id, into: &effects) }
    }

    // MARK: What must hold

    func checkDetached(_ check: Check) {
        for (id, owner) in detached.live {
            check(
                requestsByID[id].map { requests[$0].isDetached } ?? false,
                "request \(id) is detached from nothing")
            checkListeners(owner.listeners, of: id, check)
            check(
                !owner.listeners.isEmpty || requestsByID[id].flatMap { activeWatch(of: $0) } == nil,
                "request \(id) is watched for nobody")
        }
        check(
            detached.live.count == requests.indices.count { requests[$0].isDetached },
            "detached requests have no owner")
        for (id, storing) in detached.storing {
            check(requestsByID[id] == nil, "request \(id) is stored and live")
            checkListeners(storing.listeners, of: id, check)
        }
        let waiting = Set(detached.unsettled)
        check(waiting.count == detached.unsettled.count, "an outcome waits twice")
        for (id, settling) in detached.settling {
            check(requestsByID[id] == nil, "request \(id) has ended and is live")
            check(
                waiting.contains(id) != settling.isOffered,
                "the outcome of \(id) is neither offered nor waits, or both")
            checkListeners(settling.listeners, of: id, check)
        }
        for index in functions.indices {
            check(
                functions[index].storing
                    == detached.storing.values.count { $0.function == index },
                "\(functions[index].name) miscounts what is being stored")
        }
        let heard =
            detached.live.values.reduce(0) { $0 + $1.listeners.count }
            + detached.storing.values.reduce(0) { $0 + $1.listeners.count }
            + detached.settling.values.reduce(0) { $0 + $1.listeners.count }
            + detached.doubts.values.count {
                !$0.hasLeft && clientsByID[$0.listener.client] != nil
            }
        let listening = clientsByID.values.reduce(0) { $0 + clients[$1].listening.count }
        check(heard == listening, "clients listen to what does not know them")
        check(
            detached.unsettled.isEmpty == (detached.retryAt == .distantFuture),
            "what the store did not take is not offered again")
        check(detached.newcomers.isEmpty, "newcomers were not handed to the store")
    }

    private func checkListeners(_ listeners: [Listener], of id: RequestID, _ check: Check) {
        check(
            listeners.allSatisfy { listener in
                clientsByID[listener.client].map { clients[$0].listening[listener.number] == id }
                    ?? false
            },
            "request \(id) has a listener that does not know it")
    }
}

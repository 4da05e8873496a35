import SluiceModel

// The end of a detached request: its outcome is stored before anybody is told, and until then
// the worker keeps its answer. What the store does not take is offered again: there is nowhere
// else to put it.

/// How long to wait before what the store did not take is offered again.
private let secondThought = Duration.seconds(1)

extension Engine {
    /// Whether there are outcomes that the store did not take.
    public var hasUnsettled: Bool { !detached.unsettled.isEmpty }

    /// The request has ended and takes no place any more.
    mutating func beginSettling(
        _ request: Request, _ conclusion: Conclusion, into effects: inout Effects
    ) {
        guard let owner = detached.live.removeValue(forKey: request.id) else { return }
        detached.settling[request.id] = Settling(
            user: owner.user, listeners: owner.listeners, conclusion: conclusion,
            source: conclusion.source, hasSentChunk: request.hasSentChunk)
        effects.append(other: .store(.finish(request.id, conclusion)))
    }

    mutating func take(
        _ settlement: Settlement, of id: RequestID, at now: Instant, into effects: inout Effects
    ) {
        guard let settling = detached.settling[id] else { return }
        switch settlement {
        case .kept: tellOutcome(of: id, settling, into: &effects)
        case .tooLarge: shorten(id, settling, into: &effects)
        case .failed:
            detached.unsettled.append(id)
            guard detached.retryAt == .distantFuture else { return }
            detached.retryAt = now + secondThought
            deadlines.arm(.store, at: detached.retryAt)
        }
    }

    private mutating func tellOutcome(
        of id: RequestID, _ settling: Settling, into effects: inout Effects
    ) {
        detached.settling[id] = nil
        var told = settling.conclusion
        // What is stored the worker may forget, whether or not anybody listens.
        told.source = nil
        if let source = settling.source {
            effects.append(.acknowledge(source.worker, source.grant, item: source.item))
        }
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

    /// An answer that cannot be kept is none.
    private mutating func shorten(
        _ id: RequestID, _ settling: Settling, into effects: inout Effects
    ) {
        guard let answer = settling.conclusion.answer else { return }
        let conclusion = Conclusion(
            request: id, code: .resultTooLarge, attempts: settling.conclusion.attempts)
        detached.settling[id]?.conclusion = conclusion
        effects.append(.release(answer))
        effects.append(other: .store(.finish(id, conclusion)))
    }

    /// Offers again what the store did not take.
    mutating func settleAgain(into effects: inout Effects) {
        detached.retryAt = .distantFuture
        let unsettled = detached.unsettled
        detached.unsettled = []
        for id in unsettled {
            guard let settling = detached.settling[id] else { continue }
            effects.append(other: .store(.finish(id, settling.conclusion)))
        }
    }

    // MARK: What must hold

    func checkDetached(_ check: Check) {
        for (id, owner) in detached.live {
            check(
                requestsByID[id].map { requests[$0].isDetached } ?? false,
                "request \(id) is detached from nothing")
            checkListeners(owner.listeners, of: id, check)
        }
        check(
            detached.live.count == requests.indices.count { requests[$0].isDetached },
            "detached requests have no owner")
        for (id, storing) in detached.storing {
            check(requestsByID[id] == nil, "request \(id) is stored and live")
            checkListeners(storing.listeners, of: id, check)
        }
        for (id, settling) in detached.settling {
            check(requestsByID[id] == nil, "request \(id) has ended and is live")
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

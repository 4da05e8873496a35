import SluiceModel

// Outcomes that the store does not take, as an operator sees them, and the way out.

extension Engine {
    /// How long the outcome of a request waits for the store to take it; nil: it does not.
    public func unsettled(_ id: RequestID, at now: Instant) -> Duration? {
        detached.settling[id]?.wait.map { now - $0.since }
    }

    /// Gives up an outcome that the store does not take. One that it is just being offered it may
    /// take after all.
    ///
    /// - Returns: whether there is one.
    mutating func giveUp(_ id: RequestID, into effects: inout Effects) -> Bool {
        guard let settling = detached.settling[id], settling.wait != nil else { return false }
        guard !settling.isOffered else {
            detached.settling[id]?.isCancelled = true
            return true
        }
        change(id, to: .cancelledByOperator, into: &effects)
        return true
    }

    func settlingView(_ id: RequestID, at now: Instant) -> RequestView? {
        guard let settling = detached.settling[id], let wait = settling.wait else { return nil }
        let user = users[settling.user]
        let name = settling.life.function
        return RequestView(
            id: id, client: nil, user: user.id, isDetached: true, caller: user.caller,
            function: name, queue: queueName(of: name), state: .settling, rank: nil,
            waited: settling.life.waited, ran: nil, settlingFor: now - wait.since,
            bytes: settling.life.bytes, attempts: settling.conclusion.attempts, worker: nil,
            eta: nil)
    }

    /// The function may be forgotten by now.
    private func queueName(of function: String) -> String {
        functionsByName[function].map { queues[functions[$0].queue].name } ?? function
    }

    /// Those that wait for room, in no order.
    func settlingViews(
        queue: String?, function: String?, after first: RequestID, at now: Instant
    ) -> [RequestView] {
        detached.settling.keys.filter { $0 > first }.compactMap { settlingView($0, at: now) }
            .filter {
                (queue == nil || $0.queue == queue) && (function == nil || $0.function == function)
            }
    }

    func explainSettling(_ id: RequestID, at now: Instant) -> Explanation? {
        guard let view = settlingView(id, at: now), let settling = detached.settling[id],
            let wait = settling.wait
        else { return nil }
        let blocker: Blocker = wait.reason == .storeFull ? .storeFull : .storeFailed
        let obstacle =
            switch blocker {
            case .storeFull: "finds no room in the store"
            default: "cannot be stored: the store or its disk fails"
            }
        let help =
            switch blocker {
            case .storeFull: "sluicectl discard what is finished, raise max_stored_bytes"
            default: "see why in journalctl -u sluiced"
            }
        return Explanation(
            request: id, function: view.function, queue: view.queue, state: .settling, rank: nil,
            blocker: blocker,
            message: "it has ended (\(settling.conclusion.code.rawValue)), and its outcome "
                + obstacle,
            remedy: help + ", or give its result up: sluicectl cancel \(id)")
    }
}

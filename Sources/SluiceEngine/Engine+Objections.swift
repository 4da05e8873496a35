import SluiceModel

// What can be said against a request as it arrives. Whether there is room for it to wait is seen
// after the turn's decisions, when it may not need to; see `settleArrivals`.

/// Why a request is not accepted, without the words: nearly every request is asked, and nearly
/// none refused.
enum Objection {
    case unsupported, storeFailed, notPermitted, tooLarge, tooLargeToKeep
    case daemonDrains, queueDrains, functionDrains
    case connectionQuota, userQuota, userBytes, userFiles
    case bytes, files
    /// The predicted wait is so many nanoseconds over the longest that was asked for.
    case wait(over: Int64)
}

extension Engine {
    /// The first thing that can be said against it.
    ///
    /// - Parameter account: who it is to count for.
    mutating func objection(
        to ask: Ask, for function: Index<Function>, by asker: Index<Client>,
        _ account: Index<User>, at now: Instant
    ) -> Objection? {
        guard liveRequests(of: asker) < Limits.requestsPerClient else { return .connectionQuota }
        return objection(to: ask, for: function, countedFor: account, at: now)
    }

    mutating func objection(
        to ask: Ask, for function: Index<Function>, countedFor account: Index<User>,
        at now: Instant
    ) -> Objection? {
        if ask.isDetached, let objection = objectionToKeeping(ask) { return objection }
        if let allowed = functions[function].rules.allowUsers,
            !allowed.contains(users[account].id)
        {
            return .notPermitted
        }
        guard ask.bytes <= settings.maxRequestBytes else { return .tooLarge }
        if hold == .draining { return .daemonDrains }
        if queues[functions[function].queue].hold == .draining { return .queueDrains }
        if functions[function].hold == .draining { return .functionDrains }
        if let objection = objection(to: ask, countedFor: account) { return objection }
        guard heldBytes + ask.heldBytes <= settings.maxBytes else { return .bytes }
        if ask.holdsFile, heldFiles >= settings.maxFiles { return .files }
        let queue = functions[function].queue
        let longest = Span.shorter(ask.maxWait, queues[queue].rules.maxWaitSpan)
        guard longest.isGiven, let wait = predictedWait(for: function, at: now)?.nanoseconds,
            wait > longest.nanoseconds
        else { return nil }
        return .wait(over: wait - longest.nanoseconds)
    }

    /// Why a request cannot outlive its connection.
    private mutating func objectionToKeeping(_ ask: Ask) -> Objection? {
        switch detached.state {
        case .absent: .unsupported
        case .broken: .storeFailed
        case .open: ask.bytes > Limits.storedPayload ? .tooLargeToKeep : nil
        }
    }

    /// What its user has too much of. The user's bounds before the daemon's: who has its share
    /// is told so, whatever others have.
    @inline(__always)
    private func objection(to ask: Ask, countedFor account: Index<User>) -> Objection? {
        guard settings.maxRequestsPerUser.allows(oneMoreThan: users[account].live) else {
            return .userQuota
        }
        guard settings.maxBytesPerUser.excess(of: users[account].bytes + ask.heldBytes) == 0 else {
            return .userBytes
        }
        guard ask.holdsFile, !settings.filesPerUser.allows(oneMoreThan: users[account].files)
        else { return nil }
        return .userFiles
    }

    /// The same in words and figures.
    mutating func refusal(
        for objection: Objection, _ function: Index<Function>, by asker: Index<Client>,
        _ account: Index<User>, at now: Instant
    ) -> (Code, Refusal) {
        guard case .connectionQuota = objection else {
            return refusal(for: objection, function, countedFor: account, at: now)
        }
        return (
            .overQuota,
            Refusal(
                place: "connection", depth: liveRequests(of: asker),
                limit: Limits.requestsPerClient)
        )
    }

    mutating func refusal(
        for objection: Objection, _ function: Index<Function>, countedFor account: Index<User>,
        at now: Instant
    ) -> (Code, Refusal) {
        let queue = functions[function].queue
        let here = Refusal(place: functions[function].name, depth: functions[function].waiting)
        let queueHere = Refusal(place: queues[queue].name, depth: queues[queue].waiting.count)
        let daemon = Refusal(place: "daemon", depth: waiting)
        let user = Refusal(place: users[account].title, depth: users[account].live)
        switch objection {
        case .unsupported: return (.unsupported, here)
        case .storeFailed: return (.storeFailed, here)
        case .notPermitted: return (.notPermitted, here)
        case .tooLarge:
            return (.tooLarge, here.over(settings.maxRequestBytes, "max_request_bytes"))
        case .tooLargeToKeep: return (.tooLarge, here.over(Limits.storedPayload, nil))
        case .daemonDrains: return (.draining, daemon)
        case .queueDrains: return (.draining, queueHere)
        case .functionDrains: return (.draining, here)
        case .connectionQuota: return (.overQuota, here)
        case .userQuota:
            let limit = settings.maxRequestsPerUser.number
            return (.overQuota, user.over(limit, "max_requests_per_user"))
        case .userBytes:
            return (
                .overQuota, user.over(settings.maxBytesPerUser.number, "max_bytes_per_user")
            )
        case .userFiles:
            return (.overQuota, user.over(settings.filesPerUser.number, "max_files_per_user"))
        case .bytes:
            let room = timeUntilPlace(in: queue, at: now)
            return (.queueFull, daemon.over(settings.maxBytes, "max_bytes").until(room))
        case .files:
            let room = timeUntilPlace(in: queue, at: now)
            return (.queueFull, daemon.over(settings.maxFiles, "max_files").until(room))
        case .wait(let over): return (.waitTooLong, queueHere.until(.nanoseconds(over)))
        }
    }

    mutating func refuse(
        _ ask: Ask, from asker: Index<Client>, _ code: Code, _ refusal: Refusal,
        into effects: inout Effects
    ) {
        if ask.isDetached {
            return refuseUnlessKnown(ask, from: asker, code, refusal, into: &effects)
        }
        let client = clients[asker].id
        troubles[code, default: 0] += 1
        let conclusion = Conclusion(request: nextRequest(), code: code)
        effects.append(other: .refused(client, ask.number, conclusion, refusal))
        effects.append(.release(ask.body))
    }
}

extension Refusal {
    fileprivate func over(_ limit: Int?, _ key: String?) -> Refusal {
        Refusal(place: place, depth: depth, limit: limit, key: key, retryAfter: retryAfter)
    }

    fileprivate func until(_ room: Duration?) -> Refusal {
        Refusal(place: place, depth: depth, limit: limit, key: key, retryAfter: room)
    }
}

import SluiceModel

// Everything that happens because time passed.

extension Engine {
    mutating func expire(at now: Instant, into effects: inout Effects) {
        while let (owner, moment) = deadlines.popDue(at: now) {
            guard isAwaited(owner, moment) else { continue }
            switch owner {
            case .request(let index, _):
                expire(index, at: now, into: &effects)
            case .grant(let id):
                hang(id, at: now, into: &effects)
            case .function(let function):
                functions[function].delayEndsAt = .distantFuture
                mark(functions[function].queue)
            case .status:
                statusAt = .distantFuture
            case .reclaim:
                endReclaim(at: now, into: &effects)
            case .device(let device):
                wake(device, at: now, into: &effects)
            case .store:
                settleAgain(into: &effects)
            }
        }
        endReclaimIfComplete(at: now, into: &effects)
    }

    mutating func sweepDeadlines() {
        // The heap is taken out for the sweep, which asks the rest of the engine.
        var swept = Deadlines()
        swap(&swept, &deadlines)
        swept.sweep { isAwaited($0, $1) }
        swap(&swept, &deadlines)
    }

    private func isAwaited(_ owner: Deadlines.Owner, _ moment: Instant) -> Bool {
        switch owner {
        case .request(let index, let id):
            requests[index].id == id && !requests[index].isOver
                && clockworks[requests[index].clockwork].due == moment
        case .grant(let id):
            openGrant(id).map { grants[$0].hangsAt == moment } ?? false
        case .function(let function):
            functions[function].delayEndsAt == moment
        case .status:
            statusAt == moment
        case .device(let device):
            devices[device].wakesAt == moment
        case .reclaim:
            reclaim.isOpen && reclaim.endsAt == moment
        case .store:
            detached.retryAt == moment
        }
    }

    private mutating func expire(
        _ index: Index<Request>, at now: Instant, into effects: inout Effects
    ) {
        let clockwork = requests[index].clockwork
        clockworks[clockwork].due = .distantFuture
        guard let code = clockworks[clockwork].expiry(in: requests[index].state, at: now) else {
            return armTimer(of: index)
        }
        conclude(index, code, at: now, into: &effects)
    }

    /// The worker did not stop in time: it gets nothing more until it has.
    private mutating func hang(
        _ id: GrantID, at now: Instant, into effects: inout Effects
    ) {
        guard let grant = openGrant(id) else { return }
        grants[grant].hangsAt = .distantFuture
        grants[grant].isHung = true
        cordonDevices(of: grant, at: now, into: &effects)
        let worker = grants[grant].worker
        workers[worker].hungGrants += 1
        guard workers[worker].hungGrants == 1 else { return }
        hungWorkers += 1
        turnover.hung += 1
        effects.append(other: .notice(.workerHung(workers[worker].id, name: workers[worker].name)))
        workerChanged(worker)
    }
}

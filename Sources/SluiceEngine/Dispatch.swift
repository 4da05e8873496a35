import SluiceModel

// What starts next. The rule, as ORDER in sluice(7) promises it:
//
//   First in, first out within a queue, across its functions: when a place is free, the oldest
//   request that any worker with a free slot can run goes next, and is always in the batch.
//   Requests of the same function waiting behind it may fill the batch's empty seats; nothing
//   else overtakes. Where max_running or a shared worker is what is scarce, the oldest runnable
//   request across queues goes first.
//
// A queue is looked at when something happened that may let one of its requests go: it is
// *marked*. What it could start enters a heap by the number of the oldest request, and the heap
// is served while `max_running` allows; what remains in it waits there for a place. Functions
// whose workers are all full sleep, and who has room again wakes the oldest; see `Sleepers`. So a
// turn costs what changed, not what exists.

/// What a queue would start next, and on whom.
struct Choice {
    var function: Index<Function>
    var worker: Index<Worker>
    /// The request by whose number the queue competes.
    var oldest: RequestID
    /// Whether it is the function's oldest retry, which runs alone, and not its line.
    var isRetry: Bool
    /// Where it runs, and how large it may be there.
    var seat: Seat
}

/// Who could take a batch.
private enum Taker {
    case worker(Index<Worker>, Seat)
    /// There are workers with room, and no device has any for them.
    case noSeat
    case nobody
}

extension Engine {
    /// Notes that the queue may be able to start something.
    mutating func mark(_ queue: Index<Queue>) {
        guard !queues[queue].isMarked else { return }
        queues[queue].isMarked = true
        marked.append(queue)
    }

    mutating func dispatch(at now: Instant, into effects: inout Effects) {
        enterMarked(at: now)
        guard hold != .paused, !isGathering else { return }
        wakeSleepers(at: now)
        while settings.maxRunning.allows(oneMoreThan: running), let next = ready.popMin() {
            // A queue whose head grew older since has entered a second time; this is the first.
            guard queues[next.queue].readyKey == next.oldest else { continue }
            queues[next.queue].readyKey = nil
            if let choice = choice(in: next.queue, at: now) {
                if choice.oldest == next.oldest { grant(choice, at: now, into: &effects) }
                enter(next.queue, at: now)
            }
            checkRoom(for: next.queue)
            enterMarked(at: now)
            wakeSleepers(at: now)
        }
    }

    private mutating func enterMarked(at now: Instant) {
        // Entering one may mark others, whose worker is not reserved any more.
        var next = 0
        while next < marked.count {
            let queue = marked[next]
            queues[queue].isMarked = false
            enter(queue, at: now)
            // The last function may have moved out of it.
            if queues[queue].functions.isEmpty { collect(queue) }
            next += 1
        }
        marked.removeAll(keepingCapacity: true)
    }

    /// Lets the queue compete with the oldest request it could start, if there is one.
    mutating func enter(_ queue: Index<Queue>, at now: Instant) {
        guard let choice = choice(in: queue, at: now) else { return }
        if let key = queues[queue].readyKey, key <= choice.oldest { return }
        queues[queue].readyKey = choice.oldest
        ready.insert(Ready(oldest: choice.oldest, queue: queue))
    }

    // MARK: Choosing

    private mutating func choice(in queue: Index<Queue>, at now: Instant) -> Choice? {
        guard queues[queue].hasPlace, queues[queue].hold != .paused else {
            for function in queues[queue].functions { endClaims(of: function) }
            return nil
        }
        var best = bestChoice(in: queue, at: now)
        // Who was looked at last may be older, and have been promised what was free before.
        for _ in queues[queue].functions {
            guard let chosen = best, isPromised(chosen) else { break }
            best = bestChoice(in: queue, at: now)
        }
        return best
    }

    private mutating func bestChoice(in queue: Index<Queue>, at now: Instant) -> Choice? {
        var best: Choice?
        for function in queues[queue].functions {
            guard functions[function].waiting > 0, functions[function].hold != .paused else {
                endClaims(of: function)
                continue
            }
            guard let candidate = choice(of: function, at: now) else { continue }
            if best.map({ candidate.oldest < $0.oldest }) ?? true { best = candidate }
        }
        return best
    }

    /// What one function could start: its oldest retry or the head of its line, whichever is
    /// older, or the other where a worker is free for that alone.
    private mutating func choice(of function: Index<Function>, at now: Instant) -> Choice? {
        wishes.removeAll(keepingCapacity: true)
        let retry = retryChoice(of: function)
        let line = lineChoice(of: function, at: now)
        if !wishes.isEmpty || !functions[function].promised.isEmpty {
            promise(wishes, to: function)
        }
        guard let retry, let line else { return retry ?? line }
        return retry.oldest < line.oldest ? retry : line
    }

    private mutating func retryChoice(of function: Index<Function>) -> Choice? {
        guard let index = functions[function].retries.first?.members.first else { return nil }
        let oldest = requests[index].id
        let isFree = { (worker: borrowing Worker) in worker.busy == 0 && worker.hasFreeSlot }
        switch taker(of: function, for: oldest, where: isFree) {
        case .worker(let worker, let seat):
            return Choice(
                function: function, worker: worker, oldest: oldest, isRetry: true, seat: seat)
        case .noSeat:
            // An idle worker that lacks a device need not be kept idle.
            endReservation(of: function)
        case .nobody:
            reserve(for: function, oldest)
        }
        return nil
    }

    private mutating func lineChoice(of function: Index<Function>, at now: Instant) -> Choice? {
        let head = functions[function].line.first
        guard !head.isNone, isRipe(function, head: head, at: now) else { return nil }
        let oldest = requests[head].id
        let taker = taker(of: function, for: oldest, where: { $0.hasFreeSlot })
        guard case .worker(let worker, let seat) = taker else {
            sleepers.sleep(function, since: oldest)
            return nil
        }
        sleepers.wake(function)
        return Choice(
            function: function, worker: worker, oldest: oldest, isRetry: false, seat: seat)
    }

    /// Who takes it, and where that one runs it.
    private mutating func taker(
        of function: Index<Function>, for oldest: RequestID,
        where isCandidate: (borrowing Worker) -> Bool
    ) -> Taker {
        guard isPlaced(function) else {
            let worker = leastBusy(of: function, for: oldest, where: isCandidate)
            return worker.map { .worker($0, .anywhere) } ?? .nobody
        }
        return leastBusyWithSeat(of: function, for: oldest, where: isCandidate)
    }

    /// The same as `leastBusy` among those that have a device to run it on. Where only devices
    /// are missing, it says which it would wait for.
    private mutating func leastBusyWithSeat(
        of function: Index<Function>, for oldest: RequestID,
        where isCandidate: (borrowing Worker) -> Bool
    ) -> Taker {
        var best: (worker: Index<Worker>, seat: Seat)?
        var unseated: [Index<Worker>] = []
        let takesPlace = isBound(function)
        for index in functions[function].workers
        where isCandidate(workers[index]) && (!takesPlace || workers[index].canBePlaced)
            && !isReserved(workers[index], against: oldest)
        {
            guard let seat = seat(for: function, on: index, asOldAs: oldest) else {
                unseated.append(index)
                continue
            }
            guard let sofar = best else {
                best = (index, seat)
                continue
            }
            let (a, b) = (workers[index].busy, workers[sofar.worker].busy)
            if (a, seat.load, workers[index].lastGrant)
                < (b, sofar.seat.load, workers[sofar.worker].lastGrant)
            {
                best = (index, seat)
            }
        }
        if let best { return .worker(best.worker, best.seat) }
        for worker in unseated {
            if wishes.isEmpty { wishes = wishes(of: function, on: worker, asOldAs: oldest) }
            wishToSee(devicesFor: worker, of: function)
        }
        return unseated.isEmpty ? .nobody : .noSeat
    }

    /// Whether the head of a line need not wait for a fuller batch, and if it must, until when.
    private mutating func isRipe(
        _ function: Index<Function>, head: Index<Request>, at now: Instant
    ) -> Bool {
        let delay = functions[function].rules.maxBatchDelay
        guard delay > .zero,
            functions[function].line.count < functions[function].batchSize,
            !isDraining(function)
        else { return true }
        let end = requests[head].enqueuedAt + delay
        guard end > now else { return true }
        holdBack(function, until: end)
        return false
    }

    private mutating func holdBack(_ function: Index<Function>, until end: Instant) {
        guard functions[function].delayEndsAt != end else { return }
        deadlines.disarm(armedFor: functions[function].delayEndsAt)
        functions[function].delayEndsAt = end
        deadlines.arm(.function(function), at: end)
    }

    /// No more can come, so waiting for more is in vain.
    private mutating func isDraining(_ function: Index<Function>) -> Bool {
        hold == .draining || functions[function].hold == .draining
            || queues[functions[function].queue].hold == .draining
    }

    /// Of the workers that may take a batch now, the one with the fewest in hand, and of those
    /// the one that has been without a new one the longest.
    private mutating func leastBusy(
        of function: Index<Function>, for oldest: RequestID,
        where isCandidate: (borrowing Worker) -> Bool
    ) -> Index<Worker>? {
        var best: Index<Worker>?
        for index in functions[function].workers
        where isCandidate(workers[index]) && !isReserved(workers[index], against: oldest) {
            guard let sofar = best else {
                best = index
                continue
            }
            let (a, b) = (workers[index].busy, workers[sofar].busy)
            if (a, workers[index].lastGrant) < (b, workers[sofar].lastGrant) { best = index }
        }
        return best
    }

    // MARK: Room for what must run alone

    /// Where every worker has something in hand, one is kept from taking more, so that a retry
    /// finds it empty in the end; without that, busy workers could keep it waiting for ever. It
    /// is kept only while nothing else holds the retry: an idle worker serves nobody.
    private mutating func reserve(for function: Index<Function>, _ oldest: RequestID) {
        let takesPlace = isBound(function)
        guard functions[function].reserved.isNone,
            let worker = leastBusy(
                of: function, for: oldest,
                where: {
                    $0.isUsable && $0.reservedFor.isNone && (!takesPlace || $0.canBePlaced)
                })
        else { return }
        functions[function].reserved = worker
        workers[worker].reservedFor = function
    }

    /// Whether the worker empties itself for a retry that is older. What is older than the retry
    /// goes first as everywhere: there is only so much of it, and the retry's turn comes.
    private mutating func isReserved(_ worker: borrowing Worker, against oldest: RequestID) -> Bool
    {
        guard !worker.reservedFor.isNone,
            let retry = functions[worker.reservedFor].retries.first?.members.first
        else { return false }
        return requests[retry].id < oldest
    }

    /// It cannot start for another reason: nobody needs to be kept free for it.
    private mutating func endClaims(of function: Index<Function>) {
        endReservation(of: function)
        if !functions[function].promised.isEmpty { promise([], to: function) }
    }

    mutating func endReservation(of function: Index<Function>) {
        let worker = functions[function].reserved
        guard !worker.isNone else { return }
        functions[function].reserved = .none
        workers[worker].reservedFor = .none
        markFunctions(of: worker)
    }

    mutating func endReservation(on worker: Index<Worker>) {
        let function = workers[worker].reservedFor
        guard !function.isNone else { return }
        endReservation(of: function)
    }

    // MARK: Granting

    private mutating func grant(
        _ choice: Choice, at now: Instant, into effects: inout Effects
    ) {
        let index = openGrant(choice, at: now)
        if choice.isRetry {
            endReservation(of: choice.function)
            let members = functions[choice.function].retries.first?.members ?? []
            // The function's batches may have been made smaller since; the others go next.
            let size = min(functions[choice.function].batchSize, choice.seat.most)
            for request in members.prefix(size) { hand(request, to: index) }
        } else {
            let size = min(
                functions[choice.function].batchSize, functions[choice.function].line.count,
                choice.seat.most)
            for _ in 0..<size { hand(functions[choice.function].line.first, to: index) }
        }
        if !functions[choice.function].promised.isEmpty { promise([], to: choice.function) }
        occupy(choice.seat.placement, with: index)
        reconsiderPromises(servedBy: choice.worker)
        functions[choice.function].tally.addBatch(of: grants[index].items.count)
        send(index, at: now, into: &effects)
    }

    /// What the worker is to be told: nothing where it runs on its own.
    private mutating func namedDevices(of grant: Index<Grant>) -> [String] {
        let placement = grants[grant].placement
        guard !placement.isEmpty, workers[grants[grant].worker].lease.isNone else { return [] }
        return placement.all.map { devices[$0].name }
    }

    private mutating func openGrant(_ choice: Choice, at now: Instant) -> Index<Grant> {
        grantSerial += 1
        let queue = functions[choice.function].queue
        let fresh = Grant(
            id: GrantID(rawValue: 0), worker: choice.worker, function: choice.function,
            queue: queue, grantedAt: now)
        let index = grants.claim(orAppend: fresh)
        // Reuse the row's storage: a grant in the steady state allocates nothing.
        var items: [Grant.Item] = []
        swap(&items, &grants[index].items)
        items.removeAll(keepingCapacity: true)
        grants[index] = fresh
        grants[index].id = GrantID(rawValue: grantSerial << GrantID.rowBits | UInt64(index.offset))
        swap(&items, &grants[index].items)
        grants[index].isAlone = choice.isRetry
        running += 1
        queues[queue].grants.append(index)
        functions[choice.function].running += 1
        workers[choice.worker].grants.append(index)
        workers[choice.worker].isAlone = choice.isRetry
        workers[choice.worker].lastGrant = grantSerial
        return index
    }

    private mutating func hand(_ request: Index<Request>, to grant: Index<Grant>) {
        leaveLine(request)
        requests[request].state = .granted
        requests[request].grant = grant
        requests[request].seat = UInt16(grants[grant].items.count)
        // What a client or worker says of attempts before a restart may be anything.
        if requests[request].attempts < .max { requests[request].attempts += 1 }
        grants[grant].items.append(Grant.Item(request: request))
        grants[grant].unanswered += 1
        grants[grant].live += 1
    }

    private mutating func send(
        _ index: Index<Grant>, at now: Instant, into effects: inout Effects
    ) {
        for item in grants[index].items {
            announce(item.request, at: now, into: &effects)
            if requests[item.request].isDetached { noteGranted(item.request, into: &effects) }
        }
        let worker = workers[grants[index].worker].id
        let id = grants[index].id
        effects.append(
            other: .grant(
                worker, id, function: functions[grants[index].function].name,
                count: grants[index].items.count, devices: namedDevices(of: index)))
        for item in grants[index].items.indices {
            let request = grants[index].items[item].request
            effects.append(
                .item(
                    worker, id, index: item, requests[request].id,
                    attempt: Int(requests[request].attempts), requests[request].body))
            observe(request, .granted(worker), into: &effects)
        }
    }
}

import SluiceModel

// What must always hold between turns. Every counter is counted again, every link followed both
// ways. It costs as much as there is, so it belongs to tests and the simulator.

extension Engine {
    /// Every broken invariant, in words; empty where all is well.
    public func brokenInvariants() -> [String] {
        var broken: [String] = []
        func check(_ holds: Bool, _ claim: @autoclosure () -> String) {
            if !holds { broken.append(claim()) }
        }
        checkRequests(check)
        checkFunctions(check)
        checkLearned(check)
        checkQueues(check)
        checkGrants(check)
        checkWorkers(check)
        checkClients(check)
        checkDaemon(check)
        checkReclaim(check)
        checkDevices(check)
        checkDetached(check)
        return broken
    }

    /// Traps where an invariant is broken.
    public func checkInvariants() {
        let broken = brokenInvariants()
        precondition(broken.isEmpty, broken.joined(separator: "\n"))
    }

    typealias Check = (Bool, @autoclosure () -> String) -> Void

    private func checkRequests(_ check: Check) {
        for index in requests.indices {
            let request = requests[index]
            check(!request.isOver, "request \(request.id) is over and not freed")
            check(requestsByID[request.id] == index, "request \(request.id) cannot be found")
            check(request.isAnnounced, "request \(request.id) is live and its client not told")
            check(
                request.isDetached
                    || self.request(request.number, of: request.client) == index,
                "request \(request.id) is not its client's")
            if !request.clockwork.isNone {
                let clockwork = clockworks[request.clockwork]
                check(
                    clockwork.due <= clockwork.nextExpiry(in: request.state),
                    "request \(request.id) expires before its timer")
            }
            check(
                request.watch.isNone || watches[request.watch].request == index,
                "request \(request.id) has another's watch")
            check(
                request.isWaiting == request.grant.isNone,
                "request \(request.id) is \(request.state) with grant \(request.grant.offset)")
            guard !request.grant.isNone else { continue }
            let grant = grants[request.grant]
            check(grant.isOpen, "request \(request.id) is in a closed grant")
            check(
                grant.items.indices.contains(request.item)
                    && grant.items[request.item].request == index,
                "request \(request.id) is not in its grant")
        }
        check(requests.count == requestsByID.count, "requests that are not live can be found")
        check(
            clockworks.count == requests.indices.count { !requests[$0].clockwork.isNone },
            "there are timeouts of nobody")
        check(
            watches.count == requests.indices.count { !requests[$0].watch.isNone },
            "there are watches of nobody")
    }

    private func checkFunctions(_ check: Check) {
        let liveByFunction = counted(
            requests.indices.map { requests[$0].function }
                + detached.storing.values.map { $0.function })
        let runningByFunction = counted(grants.indices.map { grants[$0].function })
        let members = Set(
            queues.indices.flatMap { queue in
                queues[queue].functions.map { Membership(queue: queue, function: $0) }
            })
        for index in functions.indices {
            let function = functions[index]
            let waiting = waitingRequests(of: index)
            check(waiting.count == function.waiting, "\(function.name) miscounts what waits")
            check(
                function.retries.allSatisfy { !$0.members.isEmpty },
                "\(function.name) has an empty retry")
            check(
                waiting.allSatisfy { requests[$0].isWaiting && requests[$0].function == index },
                "\(function.name) has requests in line that do not wait for it")
            check(
                function.line.isInOrder(in: requests), "the line of \(function.name) is disordered")
            check(
                liveByFunction[index] ?? 0 == function.live,
                "\(function.name) miscounts its live requests")
            check(
                runningByFunction[index] ?? 0 == function.running,
                "\(function.name) miscounts its batches")
            check(
                members.contains(Membership(queue: function.queue, function: index)),
                "\(function.name) is not in its queue")
            check(
                function.workers.allSatisfy { workers[$0].functions.contains(index) },
                "\(function.name) has a worker that does not serve it")
            guard !function.reserved.isNone else { continue }
            check(
                workers[function.reserved].reservedFor == index,
                "the worker reserved for \(function.name) does not know it")
        }
    }

    private func checkQueues(_ check: Check) {
        for index in queues.indices {
            let queue = queues[index]
            let waiting = queue.functions.reduce(0) { $0 + functions[$1].waiting }
            check(waiting == queue.waiting.count, "queue \(queue.name) miscounts what waits")
            for function in queue.functions {
                let places = waitingRequests(of: function).map { requests[$0].id }
                check(
                    places.allSatisfy { queue.waiting.contains($0) },
                    "queue \(queue.name) lacks a request of \(functions[function].name)")
            }
            check(
                queue.grants.allSatisfy { grants[$0].isOpen && grants[$0].queue == index },
                "queue \(queue.name) counts a place that is not taken")
            check(queuesByName[queue.name] == index, "queue \(queue.name) cannot be found")
        }
    }

    private func checkGrants(_ check: Check) {
        for index in grants.indices {
            let grant = grants[index]
            check(grant.isOpen, "grant \(grant.id) is closed and not freed")
            let unanswered = grant.items.count { !$0.isAnswered }
            check(unanswered == grant.unanswered, "grant \(grant.id) miscounts what is unanswered")
            check(unanswered > 0, "grant \(grant.id) is open with everything answered")
            let live = grant.items.count { !$0.request.isNone }
            check(live == grant.live, "grant \(grant.id) miscounts its live requests")
            check(
                grant.live > 0 || grant.awaited > 0 || grant.hangsAt < .distantFuture
                    || grant.isHung,
                "grant \(grant.id) was revoked and nobody waits for its end")
            check(
                workers[grant.worker].grants.contains(index),
                "grant \(grant.id) is not in its worker's hand")
            check(
                queues[grant.queue].grants.contains(index),
                "grant \(grant.id) takes no place of its queue")
            check(
                !grant.isAlone || workers[grant.worker].grants.count == 1,
                "grant \(grant.id) must be alone in its worker")
        }
    }

    /// Whether something could start in the worker, and nothing that it serves tries to.
    private func isIdle(_ worker: Index<Worker>) -> Bool {
        guard workers[worker].reservedFor.isNone else { return false }
        var isWanted = false
        for index in workers[worker].functions {
            let function = functions[index]
            let queue = queues[function.queue]
            if queue.readyKey != nil { return false }
            // Whether a device has room the simulator's own model says.
            if queue.rules.devices != .unbound || !workers[worker].lease.isNone { continue }
            if function.line.count > 0, function.hold != .paused, queue.hold != .paused,
                queue.hasPlace, function.rules.maxBatchDelay == .zero
            {
                isWanted = true
            }
        }
        return isWanted
    }

    private func checkWorkers(_ check: Check) {
        for (id, index) in workersByID {
            let worker = workers[index]
            check(worker.id == id, "worker \(id) is another one")
            let hung = worker.grants.count { grants[$0].isHung }
            check(hung == worker.hungGrants, "worker \(id) miscounts its hung grants")
            check(
                worker.isAlone == worker.grants.contains { grants[$0].isAlone },
                "worker \(id) is wrong about being alone")
            check(
                worker.reservedFor.isNone || functions[worker.reservedFor].reserved == index,
                "worker \(id) is reserved for a function that does not know it")
        }
        for (id, index) in workersByID
        where workers[index].hasFreeSlot && hold != .paused && !isGathering {
            check(!isIdle(index), "worker \(id) has room and nothing of what it serves competes")
        }
        check(workers.count == workersByID.count, "workers that left can be found")
        let hung = workers.indices.count { workers[$0].isHung }
        check(hung == hungWorkers, "the daemon miscounts hung workers")
    }

    private func checkClients(_ check: Check) {
        for (id, index) in clientsByID {
            let client = clients[index]
            check(client.id == id && client.isPresent, "client \(id) is another one")
            let rows = requestsByNumber.rows(of: client.requests)
            check(
                rows.count == client.requests.count
                    && rows.allSatisfy { requests[$0].client == index && !requests[$0].isOver },
                "client \(id) confuses its numbers")
            check(users[client.user].id == client.caller.user, "client \(id) is another's")
        }
        check(clients.count == clientsByID.count, "clients that left can be found")
        checkUsers(check)
    }

    private func checkUsers(_ check: Check) {
        let rows = users.count - callers.count
        check(rows == usersByID.count, "users that left can be found")
        checkCallers(check)
        var (live, bytes, files): ([Index<User>: Int], [Index<User>: Int], [Index<User>: Int])
        (live, bytes, files) = ([:], [:], [:])
        for storing in detached.storing.values {
            live[storing.user, default: 0] += 1
            bytes[storing.user, default: 0] += storing.ask.heldBytes
            files[storing.user, default: 0] += storing.ask.holdsFile ? 1 : 0
        }
        for settling in detached.settling.values { live[settling.user, default: 0] += 1 }
        for index in requests.indices {
            let account = owner(of: index)
            live[account, default: 0] += 1
            if requests[index].isWaiting { bytes[account, default: 0] += requests[index].heldBytes }
            if requests[index].holdsFile { files[account, default: 0] += 1 }
        }
        for index in users.indices {
            let user = users[index]
            check(user.live == live[index] ?? 0, "the requests of \(user.title) are miscounted")
            check(user.bytes == bytes[index] ?? 0, "the bytes of \(user.title) are miscounted")
            check(user.files == files[index] ?? 0, "the files of \(user.title) are miscounted")
        }
    }

    private func checkDaemon(_ check: Check) {
        let waiting = requests.indices.filter { requests[$0].isWaiting }
        check(waiting.count == self.waiting, "the daemon miscounts what waits")
        check(grants.count == running, "the daemon miscounts what runs")
        let storing = detached.storing.values
        let bytes =
            waiting.reduce(0) { $0 + requests[$1].heldBytes }
            + storing.reduce(0) { $0 + $1.ask.heldBytes }
        check(bytes == heldBytes, "the daemon miscounts the bytes it holds")
        let files =
            requests.indices.count { requests[$0].holdsFile } + storing.count { $0.ask.holdsFile }
        check(files == heldFiles, "the daemon miscounts the files it holds")
        let retrying = functions.indices.reduce(0) { $0 + functions[$1].retrying }
        check(retrying == self.retrying, "the daemon miscounts what runs again alone")
        check(
            roomy.isEmpty || hold == .paused || isGathering, "workers with room were not looked at")
        check(arrivals.isEmpty, "newcomers were left without an answer")
    }
}

extension Line {
    fileprivate func isInOrder(in requests: borrowing Slab<Request>) -> Bool {
        var (index, previous, steps) = (first, Index<Request>.none, 0)
        while !index.isNone {
            guard requests[index].previous == previous, steps < count else { return false }
            if !previous.isNone, requests[previous].id >= requests[index].id { return false }
            (previous, index, steps) = (index, requests[index].next, steps + 1)
        }
        return steps == count && last == previous
    }
}

private struct Membership: Hashable {
    let queue: Index<Queue>
    let function: Index<Function>
}

private func counted<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
    keys.reduce(into: [:]) { counts, key in counts[key, default: 0] += 1 }
}

import SluiceModel

// Workers come, say what they serve and how much of it at once, and go.

extension Engine {
    mutating func join(_ worker: Worker, into effects: inout Effects) {
        precondition(workersByID[worker.id] == nil, "worker \(worker.id) joined twice")
        workersByID[worker.id] = workers.insert(worker)
        turnover.attached += 1
        effects.append(
            other: .notice(
                .workerAttached(worker.id, name: worker.name, process: worker.process)))
    }

    mutating func declare(
        _ declaration: Declaration, by worker: WorkerID, into effects: inout Effects
    ) {
        guard let at = workersByID[worker] else { return }
        if let reason = objection(to: declaration, by: at) {
            return effects.append(other: .refusedWorker(worker, reason: reason))
        }
        alterations.cause = .declaration(function: declaration.function)
        if let known = functionsByName[declaration.function], functions[known].declared == nil {
            alterations.noteNew(known)
        }
        let function = remember(declaration, into: &effects)
        if !workers[at].functions.contains(function) {
            workers[at].functions.append(function)
            functions[function].workers.append(at)
        }
        refuseWeight(of: at, into: &effects)
        weigh(at)
        let queue = functions[function].queue
        mark(queue)
        statusChanged(in: queue)
        effects.append(
            other: .declared(
                worker, function: declaration.function, queue: queues[queue].name,
                warning: heedlessness(of: at, in: queue) ?? disagreement(in: queue)))
    }

    /// Makes a declaration the latest of its function; it outlives whoever made it.
    @discardableResult
    mutating func remember(
        _ declaration: Declaration, into effects: inout Effects
    ) -> Index<Function> {
        let function = knownFunction(declaration.function, declared: declaration.settings)
        functions[function].declared = declaration.settings
        resolve(function, into: &effects)
        return function
    }

    private func objection(to declaration: Declaration, by worker: Index<Worker>) -> String? {
        let known = functionsByName[declaration.function]
        if known == nil, functions.count >= Limits.functions {
            return "function \(declaration.function): the daemon knows \(Limits.functions) "
                + "functions already; forget some with 'sluicectl forget'"
        }
        if let known, workers[worker].functions.contains(known) { return nil }
        if workers[worker].functions.count >= Limits.functionsPerWorker {
            return "function \(declaration.function): a worker may declare at most "
                + "\(Limits.functionsPerWorker) functions"
        }
        return nil
    }

    /// What the developers of the queue's functions should know.
    func disagreement(in queue: Index<Queue>) -> String? {
        let rules = queues[queue].rules
        guard !rules.disagreement.isEmpty else { return nil }
        let list = rules.disagreement.joined(separator: ", ")
        return "concurrency_limit of queue \(queues[queue].name): \(list); "
            + "\(rules.concurrencyLimit) is in force (\(rules.concurrencySource.rawValue))"
    }

    mutating func setSlots(_ slots: Int, of worker: WorkerID, into effects: inout Effects) {
        guard let at = workersByID[worker] else { return }
        endResidue(of: at)
        if !workers[at].lease.isNone { leases[workers[at].lease].isSettled = true }
        guard workers[at].slots != slots else { return }
        workers[at].slots = min(slots, Limits.slotsPerWorker)
        workerChanged(at)
    }

    /// The connection or the process is gone. Without work in hand that is a departure, with
    /// work it is a death.
    mutating func leave(_ worker: WorkerID, at now: Instant, into effects: inout Effects) {
        guard let at = workersByID.removeValue(forKey: worker) else { return }
        let departed = workers[at]
        if departed.grants.isEmpty {
            effects.append(other: .notice(.workerDetached(worker, name: departed.name)))
        } else {
            turnover.lost += 1
            let unanswered = departed.grants.reduce(0) { $0 + grants[$1].unanswered }
            effects.append(
                other: .notice(.workerLost(worker, name: departed.name, unanswered: unanswered)))
            loseWork(of: at, at: now, into: &effects)
        }
        for function in departed.functions {
            functions[function].workers.removeAll { $0 == at }
            if functions[function].reserved == at { functions[function].reserved = .none }
            mark(functions[function].queue)
            statusChanged(in: functions[function].queue)
        }
        loosen(at)
        workers[at].slots = 0  // whatever is still to be looked at, it has no room
        workers.free(at)
    }

    /// Its slots, its hold or its health changed: everything it serves may be concerned.
    mutating func workerChanged(_ worker: Index<Worker>) {
        if !workers[worker].isUsable { endReservation(on: worker) }
        for function in workers[worker].functions {
            mark(functions[function].queue)
            statusChanged(in: functions[function].queue)
        }
    }

    /// Something of what it serves may be able to start.
    mutating func markFunctions(of worker: Index<Worker>) {
        for function in workers[worker].functions { mark(functions[function].queue) }
    }
}

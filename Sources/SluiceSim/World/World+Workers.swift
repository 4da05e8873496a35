import SluiceEngine
import SluiceModel

// How workers come and go. What they do with their grants is in `World+Grants`.
extension World {
    func workerIndex(_ id: WorkerID) -> Int? { workers.firstIndex { $0.ids.contains(id) } }

    mutating func attachWorker(plan: Int) {
        attachWorker(
            FakeWorker(id: nextWorker(), plan: plan),
            serving: profile.workers[plan].functions, slots: profile.workers[plan].slots)
    }

    mutating func attachWorker(_ newcomer: FakeWorker, serving: [Int], slots: Int) {
        var worker = newcomer
        if edition >= .devices {
            worker.hasChild = random.chance(200)
            worker.isUnseen = random.chance(100)
        }
        if edition >= .heedless, worker.plan >= 0 { worker.isHeedless = random.chance(200) }
        worker.line.send(
            .workerJoined(
                worker.id, name: "w\(worker.id)", process: process(of: worker),
                heedsDevices: !worker.isHeedless),
            arrivingAt: arrival())
        if worker.plan >= 0, let lease = profile.workers[worker.plan].lease {
            worker.line.send(.leaseAsked(worker.id, lease), arrivingAt: arrival())
            workers.append(worker)
            return agenda.add(.workerActs(Int(worker.id.rawValue)), at: soon(10))
        }
        // Ready before declared is allowed: it serves nothing yet.
        let isEager = random.chance(300)
        if isEager {
            worker.line.send(.ready(worker.id, slots: slots), arrivingAt: arrival())
        }
        for function in serving {
            worker.line.send(
                .declared(worker.id, declaration(of: function)), arrivingAt: arrival())
        }
        if !isEager {
            worker.line.send(.ready(worker.id, slots: slots), arrivingAt: arrival())
        }
        workers.append(worker)
        if !isSettling { agenda.add(.workerActs(Int(worker.id.rawValue)), at: soon(10)) }
    }

    /// What a worker says about a function: nearly always the same.
    mutating func declaration(of function: Int) -> Declaration {
        let plan = profile.functions[function]
        var settings = plan.settings
        if !isSettling, random.chance(profile.rates.redeclares) {
            settings.concurrencyLimit = random.chance(500) ? Profile.limit(from: &random) : nil
            if settings.batch == true { settings.maxBatchSize = random.int(1...8) }
            if random.chance(200) { settings.concurrencyID = random.chance(500) ? "q0" : nil }
        }
        return Declaration(function: plan.name, settings: settings)
    }

    /// Something a worker does of itself, grants aside.
    mutating func workerActs(_ number: Int) {
        let id = WorkerID(rawValue: UInt64(number))
        guard !isSettling, let index = workerIndex(id), !workers[index].line.isClosed else {
            return
        }
        agenda.add(.workerActs(number), at: soon(10))
        let rates = profile.rates
        let plan = profile.workers[workers[index].plan]
        if random.chance(rates.dies) { return workerDies(number) }
        if plan.lease != nil, !workers[index].isBound { return }
        if edition >= .devices, !workers[index].isAway, random.chance(rack.rates.disconnections) {
            return loseConnection(index)
        }
        if random.chance(rates.leaves) { return leaveInPeace(index) }
        if random.chance(rates.changesSlots), !workers[index].isLeaving {
            let slots = random.int(0...(plan.slots + 1))
            workers[index].line.send(
                .ready(workers[index].id, slots: slots), arrivingAt: arrival())
        }
        if random.chance(rates.redeclares), let function = random.pick(plan.functions) {
            let declaration = declaration(of: function)
            workers[index].line.send(
                .declared(workers[index].id, declaration), arrivingAt: arrival())
        }
        if random.chance(rates.staleAnswer) { answerStale(index) }
    }

    mutating func workerDies(_ number: Int) {
        let id = WorkerID(rawValue: UInt64(number))
        guard let index = workerIndex(id), !workers[index].line.isClosed else { return }
        if edition >= .devices {
            endProcess(worker: index)
        } else {
            workers[index].line.close(
                with: .workerLeft(workers[index].id), arrivingAt: arrival())
        }
        agenda.add(.workerReturns(workers[index].plan), at: soon(5))
    }

    /// Asks for no more, finishes what it has, and goes.
    mutating func leaveInPeace(_ index: Int) {
        guard !workers[index].isLeaving else { return }
        workers[index].isLeaving = true
        workers[index].line.send(.ready(workers[index].id, slots: 0), arrivingAt: arrival())
        leaveIfDone(index)
    }

    /// A grant may have been on its way when the worker said it wanted no more; a real one
    /// waits for the daemon to have read that, here the delay of a message.
    mutating func leaveIfDone(_ index: Int) {
        guard workers[index].isLeaving, workers[index].hand.isEmpty else { return }
        // What is not acknowledged it may have to say again.
        guard edition < .restarts || workers[index].owed.isEmpty else { return }
        agenda.add(.workerDies(Int(workers[index].id.rawValue)), at: arrival())
    }
}

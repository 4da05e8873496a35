import SluiceEngine
import SluiceModel

// What workers do with what they are handed.
extension World {
    /// An effect reaches a worker.
    mutating func workerHears(_ number: Int, _ effect: Effect) {
        let id = WorkerID(rawValue: UInt64(number))
        guard let index = workerIndex(id), !workers[index].line.isClosed,
            edition < .devices || workers[index].id == id && !workers[index].isAway
        else { return }
        switch effect {
        case .grant(_, let grant, let function, let count, let devices):
            workers[index].hand.append(
                FakeWorker.InHand(
                    grant: grant, function: function, count: count, life: lives.current,
                    devices: devices))
        case .item(_, let grant, _, let request, let attempt, let body):
            let item = FakeWorker.Item(body: body, request: request, attempt: attempt)
            takeItem(worker: index, grant, item)
        case .revoke(_, let grant, let item):
            revoke(worker: index, grant, item)
        case .bound(_, let devices, _): workerIsBound(index, devices)
        case .drain, .refusedWorker, .deniedDevices:
            leaveInPeace(index)
        case .admitted, .status, .started, .report, .outcome, .refused, .release, .declared,
            .acknowledge, .reply, .notice, .store, .repeated, .sample, .left:
            break
        }
    }

    private mutating func takeItem(
        worker index: Int, _ grant: GrantID, _ item: FakeWorker.Item
    ) {
        guard let hand = workers[index].handIndex(of: grant) else { return }
        workers[index].hand[hand].items.append(item)
        let inHand = workers[index].hand[hand]
        if inHand.items.count == inHand.count { begin(worker: index, hand: hand) }
    }

    /// All items are here: it does not fit, or it begins, with all at once or one by one.
    private mutating func begin(worker index: Int, hand: Int) {
        let inHand = workers[index].hand[hand]
        let id = workers[index].id
        if inHand.count > memory(of: inHand.function)
            || !takeMemory(for: hand, worker: index)
        {
            if random.chance(500) {
                workers[index].line.send(
                    .started(id, inHand.grant, item: nil), arrivingAt: arrival())
            }
            workers[index].line.send(.ranOutOfMemory(id, inHand.grant), arrivingAt: arrival())
            workers[index].hand[hand].isUnfit = true
            workers[index].putAway(hand)
            tidyUp(worker: index)
            return leaveIfDone(index)
        }
        let together = inHand.count > 1 && random.chance(500)
        if together {
            workers[index].line.send(.started(id, inHand.grant, item: nil), arrivingAt: arrival())
        }
        for item in inHand.items.indices {
            if together {
                workers[index].hand[hand].items[item].step = .running(step: 0)
                noteBegun(worker: index, hand: hand, item: item)
                if !inHand.isForfeited {
                    noteSaid(inHand.items[item].request, in: inHand.grant, of: inHand.function)
                }
            }
            goOn(worker: id, inHand.grant, item)
            if together, poison.contains(inHand.items[item].body) { killSoon(id) }
        }
        if random.chance(profile.rates.dies), !isSettling { killSoon(id) }
    }

    private func memory(of function: String) -> Int {
        profile.functions.first { $0.name == function }?.memory ?? .max
    }

    private mutating func killSoon(_ worker: WorkerID) {
        agenda.add(.workerDies(Int(worker.rawValue)), at: soon(1))
    }

    private mutating func goOn(worker: WorkerID, _ grant: GrantID, _ item: Int) {
        agenda.add(
            .itemGoesOn(worker: Int(worker.rawValue), grant, item: item), at: soon(2))
    }

    /// The next step of one item: begin, say something, or answer.
    mutating func itemGoesOn(worker number: Int, _ grant: GrantID, item: Int) {
        let id = WorkerID(rawValue: UInt64(number))
        guard let index = workerIndex(id), !workers[index].line.isClosed,
            let hand = workers[index].handIndex(of: grant)
        else { return }
        let inHand = workers[index].hand[hand]
        let current = inHand.items[item]
        guard !isStubborn(current, worker: id, grant, item) else { return }
        switch current.step {
        case .handed:
            if !random.chance(profile.rates.skipsStarted) || poison.contains(current.body) {
                workers[index].line.send(
                    .started(workers[index].id, grant, item: item), arrivingAt: arrival())
                if !inHand.isForfeited {
                    noteSaid(current.request, in: grant, of: inHand.function)
                }
            }
            workers[index].hand[hand].items[item].step = .running(step: 0)
            noteBegun(worker: index, hand: hand, item: item)
            if poison.contains(current.body) { killSoon(id) }
            goOn(worker: id, grant, item)
        case .running(let step):
            // A process that is about to die of an item does not answer it first.
            guard !poison.contains(current.body) || current.isRevoked else { return }
            if step < steps(of: inHand.function), !current.isRevoked {
                say(worker: index, hand: hand, item: item)
                workers[index].hand[hand].items[item].step = .running(step: step + 1)
                goOn(worker: id, grant, item)
            } else {
                answer(worker: index, hand: hand, item: item)
            }
        case .answered:
            break
        }
    }

    /// An item that was revoked and does not heed it yet looks again later, if ever.
    private mutating func isStubborn(
        _ current: FakeWorker.Item, worker: WorkerID, _ grant: GrantID, _ item: Int
    ) -> Bool {
        guard current.isRevoked, current.stubbornUntil > now else { return false }
        if current.stubbornUntil < .distantFuture {
            agenda.add(
                .itemGoesOn(worker: Int(worker.rawValue), grant, item: item),
                at: current.stubbornUntil)
        }
        return true
    }

    private func steps(of function: String) -> Int {
        profile.functions.first { $0.name == function }?.steps ?? 0
    }
}

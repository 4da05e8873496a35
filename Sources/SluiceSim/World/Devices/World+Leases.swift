import SluiceEngine
import SluiceModel

// Workers that have devices of their own, and processes that live longer than their connections.
extension World {
    /// What a worker says of itself: some processes nobody can see.
    func process(of worker: FakeWorker) -> Int32 {
        worker.isUnseen ? 0 : Int32(truncatingIfNeeded: worker.ids[0].rawValue)
    }

    /// What a worker asks before it says what it serves; nil: nothing.
    mutating func leaseAsked(by index: Int) -> Event? {
        guard workers[index].plan >= 0, var request = profile.workers[workers[index].plan].lease
        else { return nil }
        if workers[index].isBound {
            request.isHeld = true
            request.devices = workers[index].held
            request.count = request.devices.count
        }
        return .leaseAsked(workers[index].id, request)
    }

    /// It has its devices, loads what it serves, and says so.
    mutating func workerIsBound(_ index: Int, _ devices: [String]) {
        guard !workers[index].isBound else { return }
        workers[index].isBound = true
        workers[index].held = devices
        let plan = profile.workers[workers[index].plan]
        for name in devices {
            guard take(weights(of: plan.functions), on: name, worker: index) else {
                return workerDies(Int(workers[index].id.rawValue))
            }
        }
        for function in plan.functions {
            workers[index].line.send(
                .declared(workers[index].id, declaration(of: function)), arrivingAt: arrival())
        }
        workers[index].line.send(
            .ready(workers[index].id, slots: plan.slots), arrivingAt: arrival())
    }

    /// The process goes with its connection, or a while after it.
    mutating func endProcess(worker index: Int) {
        let id = workers[index].id
        let rest =
            !isSettling && random.chance(rack.rates.survivals)
            ? random.span(1...(profile.pace * 30)) : .zero
        let process = process(of: workers[index])
        let stray = rack.strays.lastIndex { $0.process == workers[index].ids[0] }
        let end = arrival() + rest
        workers[index].processEndsAt = now + rest
        if workers[index].isAway {
            let old = id
            if workers[index].lostIn == lives.current {
                let at = stray ?? rack.strays.endIndex
                if stray == nil {
                    rack.strays.append(Rack.Stray(process: workers[index].ids[0], line: Line()))
                }
                rack.strays[at].line.close(
                    with: .processEnded(process, of: old), arrivingAt: end)
            }
            return workers[index].line.close(with: .workerLeft(id), arrivingAt: end)
        }
        workers[index].line.send(.workerLeft(id), arrivingAt: arrival())
        workers[index].line.close(with: .processEnded(process, of: id), arrivingAt: end)
    }

    /// The connection of a worker is gone, and its process makes another.
    mutating func loseConnection(_ index: Int) {
        guard !workers[index].isUnseen, !workers[index].isLeaving else { return }
        var old = workers[index].line
        old.send(.workerLeft(workers[index].id), arrivingAt: arrival())
        rack.strays.append(Rack.Stray(process: workers[index].ids[0], line: old))
        workers[index].line = Line()
        workers[index].line.isSevered = true
        workers[index].isAway = true
        workers[index].hand.removeAll { $0.items.count < $0.count }
        workers[index].forfeit()
        workers[index].lostIn = lives.current
        agenda.add(.workerReconnects(Int(workers[index].ids[0].rawValue)), at: soon(10))
    }

    /// Whether the daemon may not have heard yet that the old connection is gone. One that has
    /// nothing in hand need not wait for that.
    mutating func mustWait(worker index: Int) -> Bool {
        let isOpen = rack.strays.contains {
            $0.process == workers[index].ids[0] && $0.line.nextArrival != nil
        }
        guard isOpen else { return false }
        let isFree = workers[index].hand.isEmpty && workers[index].owed.isEmpty
        return !isFree || random.chance(500)
    }
}

import SluiceEngine
import SluiceModel

// Forged grants: too many, too early, the wrong ones, or none.
extension Tamper.Turn {
    mutating func forgeGrant(_ forgery: Forgery, _ before: Model, _ after: Model) -> Bool {
        switch forgery {
        case .limitExceeded, .placeFreedByCancel, .slotsExceeded, .suspectInCompany, .startedEarly:
            return addGrant(forgery, after)
        default: break
        }
        for (index, effect) in effects.enumerated() {
            guard case .grant(let worker, let id, let function, let count, let devices) = effect,
                case .item(_, _, _, let head, let attempt, let body) = effects[index + 1]
            else { continue }
            switch forgery {
            case .grantWithheld:
                // Where it took the last place, or none was left for others, nobody can tell
                // from what is left that it was withheld; the queue's own oldest can.
                effects.removeSubrange(index...(index + count))
            case .attemptSkipped:
                effects[index + 1] = .item(
                    worker, id, index: 0, head, attempt: attempt + 1, body)
            case .youngerFirst:
                guard let next = after.line(of: function).first, count == 1,
                    after.requests[head]?.suspectOf == nil
                else { continue }
                effects[index + 1] = item(next, worker, id, after)
            case .seatLeftEmpty:
                guard count > 1, after.requests[head]?.suspectOf == nil,
                    !after.mayHaveCeiling(function)
                else { continue }
                effects[index] = .grant(
                    worker, id, function: function, count: count - 1, devices: devices)
                effects.remove(at: index + count)
            case .busierWorker:
                guard let busier = after.busierWorker(than: worker, for: function) else {
                    continue
                }
                sendElsewhere(index, count, busier)
            default: return false
            }
            return true
        }
        return false
    }

    private func item(
        _ request: RequestID, _ worker: WorkerID, _ grant: GrantID, _ model: Model
    ) -> Effect {
        .item(
            worker, grant, index: 0, request,
            attempt: (model.requests[request]?.given ?? 0) + 1,
            model.requests[request]?.body ?? BodyID(rawValue: 0))
    }

    private mutating func sendElsewhere(_ index: Int, _ count: Int, _ worker: WorkerID) {
        for position in index...(index + count) {
            switch effects[position] {
            case .grant(_, let id, let function, let count, let devices):
                effects[position] = .grant(
                    worker, id, function: function, count: count, devices: devices)
            case .item(_, let id, let index, let request, let attempt, let body):
                effects[position] = .item(
                    worker, id, index: index, request, attempt: attempt, body)
            default: break
            }
        }
    }

    /// One more grant than the engine gave, for the oldest of some line.
    private mutating func addGrant(_ forgery: Forgery, _ after: Model) -> Bool {
        for worker in after.workers {
            for index in worker.functions {
                guard let head = after.functions[index].line.first,
                    isOccasion(forgery, worker, index, after)
                else { continue }
                let id = GrantID(rawValue: 1_000_001)
                effects.append(
                    .grant(
                        worker.id, id, function: after.functions[index].name, count: 1,
                        devices: []))
                effects.append(item(head, worker.id, id, after))
                return true
            }
        }
        return false
    }

    private func isOccasion(
        _ forgery: Forgery, _ worker: Model.Worker, _ function: Int, _ after: Model
    ) -> Bool {
        let queue = after.functions[function].queue
        let hasSlot = worker.grants.count < worker.slots
        let grants = after.grants.values.filter { $0.queue == queue }
        switch forgery {
        case .startedEarly: return hasSlot && after.isGathering
        case .limitExceeded: return hasSlot && !after.hasPlace(queue)
        case .placeFreedByCancel:
            return hasSlot && !after.hasPlace(queue) && grants.contains(where: \.isUnwanted)
        case .slotsExceeded:
            return !hasSlot && after.hasPlace(queue)
        default:
            return worker.grants.contains { after.grants[$0]?.isAlone == true }
        }
    }
}

extension Model {
    fileprivate func line(of function: String) -> [RequestID] {
        functionIndex(function).map { functions[$0].line } ?? []
    }

    fileprivate func mayHaveCeiling(_ function: String) -> Bool {
        functionIndex(function).map { functions[$0].mayHaveCeiling } ?? true
    }

    /// A worker that could have taken it too, and has more in hand than the one that did.
    fileprivate func busierWorker(than chosen: WorkerID, for name: String) -> WorkerID? {
        guard let function = functionIndex(name), let index = workerIndex(chosen) else {
            return nil
        }
        // The chosen one has the grant by now, and had one less when it was chosen.
        let busy = workers[index].grants.count - 1
        return workers.first {
            $0.id != chosen && $0.grants.count > busy && canTake($0, function, alone: false)
        }?.id
    }
}

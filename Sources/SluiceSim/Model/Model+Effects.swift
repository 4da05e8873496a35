import SluiceEngine
import SluiceModel

/// A grant with its items, as put together from the effects.
struct NewGrant {
    let worker: WorkerID
    let id: GrantID
    let function: String
    let count: Int
    /// Those that the worker is told to run on.
    let devices: [String]
    var items: [(request: RequestID, attempt: Int, body: BodyID)] = []
}

extension Model {
    /// Takes in an effect that changes what is known. Most were taken in with the events
    /// that caused them.
    mutating func take(_ effect: Effect) {
        highest = max(highest, effect.request ?? highest)
        switch effect {
        case .release(let body): bodies.remove(body)
        case .store(let task): take(task)
        case .notice(.drained(let target)): drains.removeAll { $0 == target }
        case .bound(let worker, let devices, _): take(bound: worker, devices)
        case .sample(let devices): watch(devices)
        default: break
        }
    }

    /// Takes in a grant, allowed or not: the rules have judged it before.
    mutating func take(_ new: NewGrant) {
        guard let worker = workerIndex(new.worker), let function = functionIndex(new.function)
        else { return }
        let isAlone = new.items.contains { requests[$0.request]?.suspectOf != nil }
        let queue = functions[function].queue
        var grant = Grant(
            worker: new.worker, function: function, queue: queue, isAlone: isAlone,
            items: new.items.map { Item(request: $0.request, isLive: requests[$0.request] != nil) },
            owner: workers[worker].owner)
        occupy(new.devices, with: &grant, on: workers[worker])
        grants[new.id] = grant
        queues[queue].running += 1
        functions[function].tooLarge?.since += 1
        for device in grant.devices { functions[function].tooLargeOn[device]?.since += 1 }
        workers[worker].grants.append(new.id)
        noteItems(of: workers[worker])
        for (position, item) in new.items.enumerated() {
            leaveLine(item.request)
            requests[item.request]?.hand = (new.id, position)
            requests[item.request]?.given += 1
        }
    }

    /// A batch runs on what its worker was told, or on what that has.
    func occupy(_ named: [String], with grant: inout Grant, on worker: Worker) {
        grant.devices = lease(of: worker)?.devices ?? named
        guard !grant.devices.isEmpty else { return }
        let want = want(grant.function, on: worker)
        grant.reserved = want.weights + want.perItem * grant.items.count
        grant.isExclusive = want.isExclusive
    }

    func isHung(_ worker: Worker) -> Bool {
        worker.grants.contains { (grants[$0]?.hangsAt ?? .distantFuture) <= now }
    }
}

extension Effect {
    /// The request that it is the first word of, maybe.
    fileprivate var request: RequestID? {
        switch self {
        case .admitted(_, _, let request, _): request
        case .outcome(_, _, let conclusion), .refused(_, _, let conclusion, _): conclusion.request
        case .store(.accept(let keepsake)): keepsake.request
        default: nil
        }
    }
}

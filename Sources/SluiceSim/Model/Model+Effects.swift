import SluiceEngine
import SluiceModel

/// A grant with its items, as put together from the effects.
struct NewGrant {
    let worker: WorkerID
    let id: GrantID
    let function: String
    let count: Int
    var items: [(request: RequestID, attempt: Int, body: BodyID)] = []
}

extension Model {
    /// Takes in an effect that changes what is known. Most were taken in with the events
    /// that caused them.
    mutating func take(_ effect: Effect) {
        switch effect {
        case .release(let body): bodies.remove(body)
        case .store(let task): take(task)
        case .notice(.drained(let target)): drains.removeAll { $0 == target }
        default: break
        }
    }

    /// Takes in a grant, allowed or not: the rules have judged it before.
    mutating func take(_ new: NewGrant) {
        guard let worker = workerIndex(new.worker), let function = functionIndex(new.function)
        else { return }
        let isAlone = new.items.contains { requests[$0.request]?.suspectOf != nil }
        let queue = functions[function].queue
        grants[new.id] = Grant(
            worker: new.worker, function: function, queue: queue, isAlone: isAlone,
            items: new.items.map { Item(request: $0.request, isLive: requests[$0.request] != nil) })
        queues[queue].running += 1
        functions[function].tooLarge?.since += 1
        workers[worker].grants.append(new.id)
        for (position, item) in new.items.enumerated() {
            leaveLine(item.request)
            requests[item.request]?.hand = (new.id, position)
            requests[item.request]?.given += 1
        }
    }

    func isHung(_ worker: Worker) -> Bool {
        worker.grants.contains { (grants[$0]?.hangsAt ?? .distantFuture) <= now }
    }
}

import SluiceModel

// What a worker with room again is offered. It may serve hundreds of functions, each with a queue
// of its own, and can take one request: to look at all their queues would cost more than all the
// rest of that request. So of the functions that sleep the oldest is woken, and competes; the next
// when that one was served, by whomever, or could not start for another reason. In this way the
// heap holds, for each worker with room, the oldest that it could take, and that is all that the
// order asks for.

extension Engine {
    /// A worker has room for more than it had.
    mutating func offerRoom(of worker: Index<Worker>) {
        // What must run alone waits for an empty worker and does not sleep; it is rare.
        guard workers[worker].functions.count > 1, retrying == 0,
            workers[worker].reservedFor.isNone
        else { return markFunctions(of: worker) }
        workers[worker].isRoomy = true
        list(worker)
    }

    /// Notes that the worker is to be looked at, once.
    private mutating func list(_ worker: Index<Worker>) {
        guard !workers[worker].isListed else { return }
        workers[worker].isListed = true
        roomy.append(worker)
    }

    /// What competed for the queue was served or cannot start: workers with room may wake another.
    mutating func checkRoom(for queue: Index<Queue>) {
        for function in queues[queue].functions {
            for worker in functions[function].workers where workers[worker].isRoomy {
                list(worker)
            }
        }
    }

    /// Has the oldest sleeper of each worker with room compete.
    mutating func wakeSleepers(at now: Instant) {
        while let worker = roomy.popLast() {
            workers[worker].isListed = false
            workers[worker].isRoomy = wakeSleeper(of: worker, at: now)
        }
    }

    /// Whether one competes for the worker.
    private mutating func wakeSleeper(of worker: Index<Worker>, at now: Instant) -> Bool {
        var last = RequestID(rawValue: 0)
        while workers[worker].hasFreeSlot,
            let (function, head) = sleepers.oldest(of: workers[worker].functions, after: last)
        {
            let queue = functions[function].queue
            sleepers.wake(function)
            enter(queue, at: now)
            // Nothing younger is served before it, and then the worker is looked at again.
            if let key = queues[queue].readyKey, key <= head { return true }
            last = head
        }
        return false
    }
}

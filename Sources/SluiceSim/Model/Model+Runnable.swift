import SluiceEngine
import SluiceModel

/// A waiting request that could be the oldest of the next batch of its function.
struct Candidate {
    let request: RequestID
    let function: Int
    let isSuspect: Bool
}

// Who could go now: the heart of the rules about order and about not being idle.
extension Model {
    /// The requests of a queue that neither an operator nor `max_batch_delay` holds, one for each
    /// way to start a batch.
    func candidates(in queue: Int) -> [Candidate] {
        guard hold != .paused, !isGathering, queues[queue].hold != .paused else { return [] }
        var found: [Candidate] = []
        for index in functions.indices {
            let function = functions[index]
            guard function.queue == queue, function.hold != .paused, function.waiting > 0 else {
                continue
            }
            if let head = function.line.first, isRipe(index, head: head) {
                found.append(Candidate(request: head, function: index, isSuspect: false))
            }
            // Of each lost batch the oldest may go; that the others may not go before it is for
            // the rule of order to say.
            for suspect in function.suspects {
                found.append(Candidate(request: suspect, function: index, isSuspect: true))
            }
        }
        return found
    }

    /// Whether some that came in this turn were refused because too many wait.
    var hasFoundNoRoom: Bool { judgements.contains(where: \.foundNoRoom) }

    /// Whether the head of a line need not be held for a fuller batch.
    func isRipe(_ function: Int, head: RequestID) -> Bool {
        ripeAt(function, head: head).map { $0 <= now } ?? true
    }

    /// Until when the head of a line is held for a fuller batch; nil: no longer.
    func ripeAt(_ function: Int, head: RequestID) -> Instant? {
        let rules = rules(of: function)
        guard rules.batchDelay > .zero, functions[function].line.count < rules.batchSize,
            !isDraining(function), let request = requests[head]
        else { return nil }
        return request.admittedAt + rules.batchDelay
    }

    func hasPlace(_ queue: Int) -> Bool {
        concurrencyLimit(of: queue).allows(oneMoreThan: queues[queue].running)
    }

    /// Whether the worker may be given a batch of the function now.
    func canTake(_ worker: Worker, _ function: Int, alone: Bool) -> Bool {
        worker.functions.contains(function) && worker.hold == .running
            && worker.grants.count < worker.slots && (!alone || worker.grants.isEmpty)
            && !worker.grants.contains { grants[$0]?.isAlone ?? false } && !isHung(worker)
            && !worker.isDismissed && isKnownToRun(worker, function)
    }

    /// Whether the worker's batches run where they have their places.
    func isKnownToRun(_ worker: Worker, _ function: Int) -> Bool {
        worker.heedsDevices || lease(of: worker) != nil
            || selection(of: functions[function].queue) == .unbound
    }

    /// Whether the worker may be kept from taking more so that an older suspect finds it empty:
    /// allowed, and where it is done nobody younger can complain.
    func mayBeReserved(_ worker: Worker, against candidate: Candidate) -> Bool {
        guard !worker.grants.isEmpty, hold != .paused else { return false }
        return worker.functions.contains { index in
            let function = functions[index]
            guard let suspect = function.suspects.first, suspect < candidate.request else {
                return false
            }
            return function.hold != .paused && queues[function.queue].hold != .paused
                && hasPlace(function.queue)
        }
    }

    /// Whether nothing but the daemon's own place can keep the candidate from a worker.
    func hasWorker(for candidate: Candidate) -> Bool {
        workers.contains { worker in
            canTake(worker, candidate.function, alone: candidate.isSuspect)
                && !mayBeReserved(worker, against: candidate)
                && hasSeat(for: candidate, on: worker)
        }
    }
}

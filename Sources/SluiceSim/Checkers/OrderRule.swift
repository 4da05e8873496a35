import SluiceEngine
import SluiceModel

/// First in, first out. A batch is led by the oldest request that any worker with a free slot
/// could run; its other seats go to the next of the same function, in order. Where the daemon's
/// places or a shared worker are scarce, the oldest across queues goes first.
struct OrderRule: Rule {
    static let name = "order"

    /// A candidate of another queue that was older than the head of a grant of this turn.
    private struct Passed {
        let candidate: Candidate
        let grant: NewGrant
        /// Whether the worker the other got could have run it.
        let sharesWorker: Bool
    }

    private var passed: [Passed] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        passed.removeAll(keepingCapacity: true)
    }

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let head = grant.items.first?.request, let request = model.requests[head] else {
            return findings.add(Self.self, "\(grant.id) is led by nobody")
        }
        let function = request.function
        for item in grant.items where model.requests[item.request]?.isWaiting != true {
            findings.add(Self.self, "\(grant.id) has \(item.request), which does not wait")
        }
        if request.suspectOf == nil { checkSeats(grant, function, model, &findings) }
        let size = model.rules(of: function).batchSize
        if grant.items.count > size {
            findings.add(Self.self, "\(grant.id) has \(grant.items.count) of at most \(size)")
        }
        checkHead(grant, head, model.functions[function].queue, model, &findings)
        checkWorker(grant, function, model, &findings)
    }

    private func checkSeats(
        _ grant: NewGrant, _ function: Int, _ model: Model, _ findings: inout Findings
    ) {
        let line = model.functions[function].line
        let members = grant.items.map(\.request)
        if model.functions[function].name != grant.function || !line.starts(with: members) {
            findings.add(
                Self.self,
                "\(grant.id) takes \(members) where \(line.prefix(members.count)) are next")
        }
        let size = model.rules(of: function).batchSize
        let count = members.count
        let room = model.room(for: grant, function)
        if count < min(size, line.count, room), !model.functions[function].mayHaveCeiling {
            findings.add(Self.self, "\(grant.id) has \(count), and \(line.count) waited")
        }
        if let head = members.first, !model.isRipe(function, head: head),
            !model.functions[function].mayHaveCeiling,
            // Who found no room may have made it full, where memory made it smaller again.
            model.lateRefusals.isEmpty
        {
            findings.add(Self.self, "\(grant.id) leaves before max_batch_delay is over")
        }
    }

    private mutating func checkHead(
        _ grant: NewGrant, _ head: RequestID, _ queue: Int, _ model: Model,
        _ findings: inout Findings
    ) {
        for other in model.queues.indices {
            for candidate in model.candidates(in: other)
            where candidate.request < head && model.hasWorker(for: candidate) {
                guard other != queue else {
                    findings.add(
                        Self.self, "\(grant.id) is led by \(head), passing \(candidate.request)")
                    continue
                }
                guard model.hasPlace(other) else { continue }
                let worker = model.workers.first { $0.id == grant.worker }
                passed.append(
                    Passed(
                        candidate: candidate, grant: grant,
                        sharesWorker: worker?.functions.contains(candidate.function) ?? false))
            }
        }
    }

    /// Among workers with a free slot the least busy one gets the batch.
    private func checkWorker(
        _ grant: NewGrant, _ function: Int, _ model: Model, _ findings: inout Findings
    ) {
        guard let index = model.workerIndex(grant.worker),
            let head = grant.items.first?.request, let request = model.requests[head]
        else { return }
        let isSuspect = request.suspectOf != nil
        let candidate = Candidate(request: head, function: function, isSuspect: isSuspect)
        let busy = model.workers[index].grants.count
        for worker in model.workers
        where worker.grants.count < busy && model.canTake(worker, function, alone: isSuspect)
            && !model.mayBeReserved(worker, against: candidate)
            && model.hasSeat(for: candidate, on: worker)
        {
            findings.add(
                Self.self, "\(grant.id) goes to \(grant.worker), busier than \(worker.id)")
        }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        let isFull = !model.maxRunning.allows(oneMoreThan: model.running)
        for passed in passed {
            // It still waits, and would not if the younger one had not gone.
            guard let request = model.requests[passed.candidate.request], request.isWaiting,
                isFull || passed.sharesWorker
            else { continue }
            findings.add(
                Self.self,
                "\(passed.grant.id) took what \(passed.candidate.request), older, waits for")
        }
    }
}

extension Model {
    /// Requests for which there is memory where the grant runs.
    fileprivate func room(for grant: NewGrant, _ function: Int) -> Int {
        guard let index = workerIndex(grant.worker) else { return .max }
        let want = want(function, on: workers[index])
        let names = lease(of: workers[index])?.devices ?? grant.devices
        return names.compactMap { equipment.device($0) }.map { seats(want, on: $0) }.min() ?? .max
    }
}

import SluiceEngine
import SluiceModel

/// Nobody is overtaken for ever: where the oldest of a function waits for nothing but the end of
/// batches, on exactly the devices that it needs, nothing younger starts there. The same goes for
/// the worker that waits for a lease for the longest.
struct PromiseRule: Rule {
    static let name = "promises"

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let head = grant.items.first?.request, let request = model.requests[head],
            let index = model.workerIndex(grant.worker)
        else { return }
        let names = model.lease(of: model.workers[index])?.devices ?? grant.devices
        guard !names.isEmpty else { return }
        if let (kept, before) = model.devicesKeptForLease, before < head,
            let name = names.first(where: { kept.contains($0) })
        {
            findings.add(
                Self.self,
                "\(grant.id), led by \(head), starts on \(name), for which a worker waits that"
                    + " asked before it came")
        }
        for queue in model.queues.indices where model.hasPlace(queue) {
            for candidate in model.candidates(in: queue)
            where candidate.request < head && candidate.function != request.function {
                let kept = model.devicesKept(for: candidate)
                guard let name = names.first(where: { kept.contains($0) }) else { continue }
                findings.add(
                    Self.self,
                    "\(grant.id), led by \(head), starts on \(name), for whose batches to end"
                        + " \(candidate.request) waits")
            }
        }
    }
}

extension Model {
    /// Where there is no doubt which devices have to become empty for it.
    func devicesKept(for candidate: Candidate) -> [String] {
        let able = workers.filter { canTake($0, candidate.function, alone: candidate.isSuspect) }
        guard !candidate.isSuspect, functions[candidate.function].suspects.isEmpty,
            able.count == 1, let worker = able.first,
            !mayBeReserved(worker, against: candidate), !hasSeat(for: candidate, on: worker),
            let choice = choice(candidate.function, on: worker),
            !mayLookFirst(candidate.function, on: worker)
        else { return [] }
        let hopes = hopes(of: candidate, on: worker)
        guard hopes.count == choice.needed,
            !hopes.contains(where: { mayBePromised($0, against: candidate) })
        else { return [] }
        return hopes
    }
}

import SluiceEngine
import SluiceModel

/// Work-conserving: when a turn is over, no request waits that could run, while there is a place
/// in its queue and in the daemon and a free slot it could use.
struct IdlenessRule: Rule {
    static let name = "idleness"

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        guard model.maxRunning.allows(oneMoreThan: model.running) else { return }
        for queue in model.queues.indices where model.hasPlace(queue) {
            for candidate in model.candidates(in: queue) where model.hasWorker(for: candidate) {
                findings.add(
                    Self.self,
                    "\(candidate.request) of \(model.queues[queue].name) waits for nothing")
            }
        }
    }
}

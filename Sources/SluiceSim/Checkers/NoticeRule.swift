import SluiceEngine
import SluiceModel

/// What operators and monitors read is so: workers come, go and hang when they do, and a
/// request's life is told only to those who want to hear it.
struct NoticeRule: Rule {
    static let name = "notices"

    /// Workers that were reported as hung and did not recover.
    private var hung: Set<WorkerID> = []

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .notice(let notice) = effect else { return }
        switch notice {
        case .workerHung(let worker, _):
            if !hung.insert(worker).inserted {
                findings.add(Self.self, "\(worker) is hung already")
            }
        case .workerRecovered(let worker, _):
            if hung.remove(worker) == nil {
                findings.add(Self.self, "\(worker) recovered from nothing")
            }
        case .workerLost(let worker, _, _), .workerDetached(let worker, _):
            if model.workerIndex(worker) != nil {
                findings.add(Self.self, "\(worker) is said to be gone")
            }
        case .request(let id, _, _, _):
            if !model.isObserved {
                findings.add(Self.self, "\(id) is talked about to nobody")
            }
        case .workerAttached, .functionPaused, .limitsDisagree, .changed, .held, .drained: break
        }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for worker in model.workers where model.isHung(worker) != hung.contains(worker.id) {
            findings.add(Self.self, "\(worker.id) hangs or does not, and it was not said")
        }
        guard !hung.isEmpty else { return }
        hung = hung.filter { model.workerIndex($0) != nil }
    }
}

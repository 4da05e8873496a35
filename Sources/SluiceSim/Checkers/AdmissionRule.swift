import SluiceEngine
import SluiceModel

/// Every submission is accepted or refused, never both and never without a true reason; requests
/// are numbered in the order they came; nobody new waits over `max_size`.
struct AdmissionRule: Rule {
    static let name = "admission"

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        var latest = RequestID(rawValue: 0)
        for judgement in model.judgements {
            switch judgement.fate {
            case .accepted(let id):
                if judgement.mustRefuse {
                    findings.add(
                        Self.self, "\(id) was accepted in spite of \(judgement.allowed)")
                }
                if id <= latest {
                    findings.add(Self.self, "\(id) came after \(latest)")
                }
                latest = id
            case .refused(let code):
                if !judgement.allowed.contains(code) {
                    findings.add(
                        Self.self, "\(judgement.key) was refused with \(code) for no reason")
                }
            case nil:
                findings.add(Self.self, "\(judgement.key) was neither accepted nor refused")
            }
        }
    }

    /// A refusal tells what is full or closed, and a full queue how full it is.
    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        if case .outcome(_, let number, let conclusion) = effect, conclusion.outcome == .rejected {
            findings.add(Self.self, "\(number) was refused without a word")
        }
        guard case .refused(_, let number, let conclusion, let refusal) = effect else { return }
        guard conclusion.code == .queueFull else { return }
        if refusal.limit == nil {
            findings.add(Self.self, "\(number) was refused over a limit that is not told")
        }
        if let span = refusal.retryAfter, span < .zero {
            findings.add(Self.self, "\(number) was told to come back in the past")
        }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for judgement in model.judgements {
            guard let name = judgement.function, let function = model.functionIndex(name) else {
                continue
            }
            checkSize(judgement, model, model.functions[function].queue, &findings)
        }
    }

    /// Judged when the turn is over: who need not wait is not one too many.
    private func checkSize(
        _ judgement: Judgement, _ model: Model, _ queue: Int, _ findings: inout Findings
    ) {
        let inQueue = model.maxSize(of: queue).excess(of: model.waiting(in: queue))
        let inAll = model.maxSize.excess(of: model.waiting)
        switch judgement.fate {
        case .accepted(let id):
            guard model.requests[id]?.isWaiting == true, inQueue > 0 || inAll > 0 else { return }
            findings.add(
                Self.self,
                "\(id) was let in to wait over max_size of \(model.queues[queue].name) or all")
        case .refused(.queueFull):
            let isFull =
                !model.maxSize(of: queue).allows(oneMoreThan: model.waiting(in: queue))
                || !model.maxSize.allows(oneMoreThan: model.waiting) || judgement.overBytes
            guard !isFull else { return }
            findings.add(Self.self, "\(judgement.key) was refused though there is room")
        case .refused, nil: break
        }
    }
}

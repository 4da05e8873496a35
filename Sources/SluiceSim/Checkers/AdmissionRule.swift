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
            case .accepted(let id), .storing(let id):
                if judgement.mustRefuse {
                    findings.add(
                        Self.self, "\(id) was accepted in spite of \(judgement.allowed)")
                }
                if judgement.isDetached, case .accepted = judgement.fate {
                    findings.add(Self.self, "\(id) is detached and was not stored")
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
            case .doubted:
                if judgement.allowed.isEmpty {
                    findings.add(Self.self, "\(judgement.key) is doubted for no reason")
                }
            case nil:
                // Nobody is told, where its client left before it was refused.
                if judgement.isDetached, model.clients[judgement.key.client] == nil { continue }
                if judgement.isDetached, model.detached.left.contains(judgement.key) { continue }
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
        let waiting = (
            inQueue: model.waitingOrStoring(in: queue),
            inAll: model.waiting + model.detached.storing.count
        )
        let inQueue = model.maxSize(of: queue).excess(of: waiting.inQueue)
        let inAll = model.maxSize.excess(of: waiting.inAll)
        switch judgement.fate {
        case .storing(let id):
            guard model.detached.storing[id] != nil, inQueue > 0 || inAll > 0 else { return }
            findings.add(
                Self.self, "\(id) is stored over max_size of \(model.queues[queue].name) or all")
            return
        case .accepted(let id):
            guard model.requests[id]?.isWaiting == true, inQueue > 0 || inAll > 0 else { return }
            findings.add(
                Self.self,
                "\(id) was let in to wait over max_size of \(model.queues[queue].name) or all")
            return
        case .refused(.queueFull): break
        case .doubted where judgement.allowed == [.queueFull]: break
        case .refused, .doubted, nil: return
        }
        let isFull =
            !model.maxSize(of: queue).allows(oneMoreThan: waiting.inQueue)
            || !model.maxSize.allows(oneMoreThan: waiting.inAll) || judgement.overBytes
        guard !isFull else { return }
        findings.add(Self.self, "\(judgement.key) was refused though there is room")
    }
}

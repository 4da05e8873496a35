import SluiceEngine
import SluiceModel

/// Commands and declarations are answered, once each; what is known is obeyed and what is not is
/// refused; a worker that is drained is told so.
struct ReplyRule: Rule {
    static let name = "replies"

    private var replies: [(token: UInt64, mustAgree: Bool?)] = []
    private var declarations: [(worker: WorkerID, function: String)] = []
    private var drains: [WorkerID] = []
    private var dismissals: [WorkerID] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        replies.removeAll(keepingCapacity: true)
        declarations.removeAll(keepingCapacity: true)
        drains.removeAll(keepingCapacity: true)
        dismissals.removeAll(keepingCapacity: true)
        for duty in model.duties {
            switch duty {
            case .reply(let token, let mustAgree): replies.append((token, mustAgree))
            case .declared(let worker, let function): declarations.append((worker, function))
            case .drain(let worker): drains.append(worker)
            case .dismissal(let worker): dismissals.append(worker)
            case .bound, .outcome, .started, .report, .acknowledge, .revoke, .errand, .admission,
                .refusal, .farewell, .repeated:
                break
            }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .reply(let token, let reply): replied(token, reply, &findings)
        case .declared(let worker, let function, let queue, _):
            declared(worker, function, queue, model, &findings)
        case .deniedDevices(let worker, _):
            guard let index = dismissals.firstIndex(of: worker) else {
                return findings.add(Self.self, "worker \(worker) was denied devices for nothing")
            }
            dismissals.remove(at: index)
        case .refusedWorker(let worker, _):
            guard let index = declarations.firstIndex(where: { $0.worker == worker }) else {
                return findings.add(Self.self, "worker \(worker) was dismissed for nothing")
            }
            declarations.remove(at: index)
        case .drain(let worker):
            guard let index = drains.firstIndex(of: worker) else {
                return findings.add(Self.self, "worker \(worker) was drained for nothing")
            }
            drains.remove(at: index)
        default: break
        }
    }

    private mutating func replied(
        _ token: UInt64, _ reply: CommandReply, _ findings: inout Findings
    ) {
        guard let index = replies.firstIndex(where: { $0.token == token }) else {
            return findings.add(Self.self, "command \(token) was answered twice, or never given")
        }
        let mustAgree = replies.remove(at: index).mustAgree
        let agrees = if case .done = reply { true } else { false }
        if let mustAgree, agrees != mustAgree {
            findings.add(Self.self, "command \(token) was answered \(reply)")
        }
    }

    private mutating func declared(
        _ worker: WorkerID, _ function: String, _ queue: String, _ model: Model,
        _ findings: inout Findings
    ) {
        let position = declarations.firstIndex { $0.worker == worker && $0.function == function }
        guard let position else {
            return findings.add(Self.self, "worker \(worker) did not declare \(function)")
        }
        declarations.remove(at: position)
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for reply in replies { findings.add(Self.self, "command \(reply.token) got no answer") }
        for declaration in declarations where model.workerIndex(declaration.worker) != nil {
            findings.add(Self.self, "\(declaration) got no answer")
        }
        for worker in drains where model.workerIndex(worker) != nil {
            findings.add(Self.self, "worker \(worker) was not told to drain")
        }
        for worker in dismissals where model.workerIndex(worker) != nil {
            findings.add(Self.self, "worker \(worker) was not told to go")
        }
    }
}

import SluiceEngine
import SluiceModel

/// Each accepted request gets exactly one outcome, when there is a reason for it and with that
/// reason, to whoever asked. Nothing is said about a request before its admission or after its
/// outcome.
struct OutcomeRule: Rule {
    static let name = "outcome"

    private var owed: [RequestID: Duty.Ending] = [:]
    /// Numbers under which a client may hear something.
    private var open: [Model.Key: RequestID] = [:]

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        for case .outcome(let ending) in model.duties { owed[ending.request] = ending }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .admitted(let client, let number, let id, _):
            let key = Model.Key(client: client, number: number)
            if let known = open[key], known != id {
                findings.add(Self.self, "\(id) admitted as \(known), which has no outcome yet")
            }
            open[key] = id
        case .status(let client, let number, _), .started(let client, let number, _),
            .report(let client, let number, _, _, _):
            let key = Model.Key(client: client, number: number)
            guard open[key] == nil else { return }
            findings.add(
                Self.self, "a word to \(client) about its \(number), which is not live: \(effect)")
        case .outcome(let client, let number, let conclusion):
            guard conclusion.outcome != .rejected else { return }
            guard model.detached.tellings[conclusion.request] == nil else {
                // Whether those are told who listen is another rule's.
                if let client { open[Model.Key(client: client, number: number)] = nil }
                return
            }
            end(client, number, conclusion, &findings)
        case .refused(_, let number, let conclusion, _):
            guard conclusion.outcome != .rejected else { return }
            findings.add(Self.self, "\(number) was refused with \(conclusion.code)")
        case .grant, .item, .revoke, .release, .declared, .refusedWorker, .acknowledge, .drain,
            .reply, .notice, .store, .repeated, .bound, .sample, .deniedDevices:
            break
        case .left(let client, let number, _):
            open[Model.Key(client: client, number: number)] = nil
        }
    }

    private mutating func end(
        _ client: ClientID?, _ number: RequestNumber, _ conclusion: Conclusion,
        _ findings: inout Findings
    ) {
        let id = conclusion.request
        guard let ending = owed.removeValue(forKey: id) else {
            return findings.add(
                Self.self, "\(id) ended (\(conclusion.code)) without a reason, or twice")
        }
        open[ending.key] = nil
        if !ending.codes.contains(conclusion.code) {
            findings.add(
                Self.self, "\(id) ended with \(conclusion.code), not \(ending.codes)")
        }
        if ending.key.number != number || client != (ending.isTold ? ending.key.client : nil) {
            findings.add(Self.self, "the outcome of \(id) was told to somebody else")
        }
        if ending.answer != conclusion.answer || ending.source != conclusion.source {
            findings.add(Self.self, "the outcome of \(id) carries another answer")
        }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for ending in owed.values.sorted(by: { $0.request < $1.request })
        where ending.codes[0].outcome != .expired {
            findings.add(Self.self, "\(ending.request) got no outcome; due was \(ending.codes)")
        }
        for id in model.newcomers {
            guard let request = model.requests[id], !request.isDetached, open[request.key] != id
            else { continue }
            findings.add(Self.self, "\(id) was taken in and its client not told")
        }
    }
}

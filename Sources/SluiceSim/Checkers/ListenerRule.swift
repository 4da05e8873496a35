import SluiceEngine
import SluiceModel

/// Whoever listens to a detached request is told that it is in, or why it is not, and, when its
/// outcome is stored and not before, that outcome: each once, and all the same. Who says to hear no
/// more hears that this was heard, and nothing else.
struct ListenerRule: Rule {
    static let name = "listeners"

    private struct Refusal {
        let key: Model.Key
        let codes: [Code]
        let isTold: Bool
    }

    private var admissions: [(key: Model.Key, id: RequestID)] = []
    private var refusals: [Refusal] = []
    private var tellings: [RequestID: Detachment.Telling] = [:]
    private var farewells: [(key: Model.Key, wasListening: Bool)] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        admissions.removeAll(keepingCapacity: true)
        refusals.removeAll(keepingCapacity: true)
        farewells.removeAll(keepingCapacity: true)
        tellings = model.detached.tellings
        for duty in model.duties {
            switch duty {
            case .admission(let key, let id): admissions.append((key, id))
            case .refusal(let key, let codes, let isTold):
                refusals.append(Refusal(key: key, codes: codes, isTold: isTold))
            case .farewell(let key, let wasListening): farewells.append((key, wasListening))
            case .outcome, .started, .report, .acknowledge, .revoke, .declared, .drain,
                .dismissal, .bound, .reply,
                .errand, .repeated:
                break
            }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .admitted(let client, let number, let id, _):
            let key = Model.Key(client: client, number: number)
            if let index = admissions.firstIndex(where: { $0 == (key, id) }) {
                admissions.remove(at: index)
            } else if model.detached.knows(id) || model.requests[id]?.isDetached == true {
                findings.add(Self.self, "\(key) is told unasked that \(id) is in, or too early")
            }
        case .refused(let client, let number, let conclusion, _):
            let index = refusals.firstIndex {
                $0.key.number == number && client == ($0.isTold ? $0.key.client : nil)
                    && $0.codes.contains(conclusion.code)
            }
            if let index { refusals.remove(at: index) }
        case .left(let client, let number, let wasListening):
            let key = Model.Key(client: client, number: number)
            let index = farewells.firstIndex { $0 == (key, wasListening) }
            guard let index else {
                return findings.add(Self.self, "\(key) is let go unasked, or as what it is not")
            }
            farewells.remove(at: index)
        case .outcome(let client, let number, let conclusion):
            see(client, number, conclusion, model, &findings)
        default: break
        }
    }

    private mutating func see(
        _ client: ClientID?, _ number: RequestNumber, _ conclusion: Conclusion, _ model: Model,
        _ findings: inout Findings
    ) {
        let id = conclusion.request
        guard let telling = tellings[id] else {
            guard model.detached.knows(id) || model.detached.tellings[id] != nil else { return }
            return findings.add(Self.self, "the outcome of \(id) is told before it is stored")
        }
        if conclusion.code != telling.code || conclusion.answer != telling.answer {
            findings.add(
                Self.self, "\(id) is told to be \(conclusion.code), and kept \(telling.code as Any)"
            )
        }
        if conclusion.source != nil {
            findings.add(Self.self, "the answer of \(id) is to be acknowledged twice")
        }
        guard let client else {
            if !telling.keys.isEmpty { findings.add(Self.self, "\(id) is told to nobody") }
            tellings[id] = nil
            return
        }
        let key = Model.Key(client: client, number: number)
        guard let index = telling.keys.firstIndex(of: key) else {
            return findings.add(Self.self, "the outcome of \(id) is told to \(key), or twice")
        }
        tellings[id]?.keys.remove(at: index)
        // The last one is remembered as told, to see whether somebody is told once more.
        if telling.keys.count == 1 { tellings[id]?.keys = [] }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for (key, id) in admissions {
            findings.add(Self.self, "\(key) was not told that \(id) is in")
        }
        for (key, _) in farewells {
            findings.add(Self.self, "\(key) wants to hear no more and was not let go")
        }
        for refusal in refusals {
            findings.add(Self.self, "\(refusal.key) was not refused with \(refusal.codes)")
        }
        for (id, telling) in tellings.sorted(by: { $0.key < $1.key }) {
            let wasSilent = model.detached.tellings[id]?.keys.isEmpty == true
            guard !telling.keys.isEmpty || wasSilent else { continue }
            findings.add(Self.self, "the outcome of \(id) was not told to \(telling.keys)")
        }
    }
}

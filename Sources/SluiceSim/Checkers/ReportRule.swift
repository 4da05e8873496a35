import SluiceEngine
import SluiceModel

/// What a worker says about a live request reaches its client, all of it, once, in order; what
/// it says about any other reaches nobody.
struct ReportRule: Rule {
    static let name = "reports"

    private enum Word: Equatable {
        case started(attempt: Int)
        case report(ReportKind, BodyID)
    }

    private var owed: [Model.Key: [Word]] = [:]

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        for duty in model.duties {
            switch duty {
            case .started(let key, let attempt):
                owed[key, default: []].append(.started(attempt: attempt))
            case .report(let key, let kind, let body):
                owed[key, default: []].append(.report(kind, body))
            case .outcome, .acknowledge, .revoke, .declared, .drain,
                .dismissal, .bound, .reply, .errand, .admission,
                .refusal, .farewell, .repeated:
                break
            }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .started(let client, let number, let attempt):
            pay(Model.Key(client: client, number: number), .started(attempt: attempt), &findings)
        case .report(let client, let number, let kind, let body, _):
            pay(Model.Key(client: client, number: number), .report(kind, body), &findings)
        default: break
        }
    }

    private mutating func pay(_ key: Model.Key, _ word: Word, _ findings: inout Findings) {
        guard let first = owed[key]?.first, first == word else {
            let due = owed[key]?.first
            return findings.add(
                Self.self, "\(key) was told \(word) where \(String(describing: due)) was due")
        }
        owed[key]?.removeFirst()
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for (key, words) in owed where !words.isEmpty {
            findings.add(Self.self, "\(key) was not told \(words)")
        }
    }
}

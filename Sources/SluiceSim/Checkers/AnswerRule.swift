import SluiceEngine
import SluiceModel

/// A worker may forget an answer once it is acknowledged. One that counts is acknowledged by
/// whoever passes it on; one that counts for nobody, late or repeated, the engine acknowledges
/// at once.
struct AnswerRule: Rule {
    static let name = "answers"

    private struct Answer: Equatable {
        let worker: WorkerID
        let grant: GrantID
        let item: Int?
    }

    private var owed: [Answer] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        for case .acknowledge(let worker, let grant, let item) in model.duties {
            owed.append(Answer(worker: worker, grant: grant, item: item))
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .acknowledge(let worker, let grant, let item) = effect else { return }
        let answer = Answer(worker: worker, grant: grant, item: item)
        guard let index = owed.firstIndex(of: answer) else {
            return findings.add(
                Self.self, "\(answer) is acknowledged, though it counts or was never given")
        }
        owed.remove(at: index)
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for answer in owed { findings.add(Self.self, "\(answer) was not acknowledged") }
    }
}

import SluiceEngine
import SluiceModel

/// Bytes that came in are kept while something may need them, are released exactly once, and are
/// not named again after that.
struct BodyRule: Rule {
    static let name = "bodies"

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        let named: BodyID?
        switch effect {
        case .report(_, _, _, let body, _), .item(_, _, _, _, _, let body), .release(let body):
            named = body
        case .outcome(_, _, let conclusion): named = conclusion.answer
        case .store(let task): named = task.body
        default: named = nil
        }
        guard let named, !model.bodies.contains(named) else { return }
        findings.add(Self.self, "body \(named) is named though it is released: \(effect)")
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        let needed = model.requests.values.reduce(
            into: model.gathering.bodies.union(model.detached.bodies)
        ) {
            $0.insert($1.body)
        }
        for body in needed.subtracting(model.bodies) {
            findings.add(Self.self, "body \(body) of a live request is gone")
        }
        guard model.bodies.count > needed.count else { return }
        for body in model.bodies.subtracting(needed) {
            findings.add(Self.self, "body \(body) is kept for nobody")
        }
    }
}

extension StoreTask {
    /// What of it is bytes.
    fileprivate var body: BodyID? {
        switch self {
        case .accept(let keepsake): keepsake.ask.body
        case .keep(_, _, _, let body): body
        case .finish(_, let conclusion): conclusion.answer
        case .find, .start, .giveBack, .fetch: nil
        }
    }
}

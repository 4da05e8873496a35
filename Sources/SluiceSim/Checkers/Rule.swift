import SluiceEngine
import SluiceModel

/// One rule of the design, held against what the engine does.
///
/// In each turn a rule is asked four times: when the model has taken in the events, at each
/// effect and at each whole grant before the model takes it in, and when all is done.
protocol Rule {
    static var name: String { get }
    mutating func begin(_ model: Model, _ findings: inout Findings)
    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings)
    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings)
    mutating func end(_ model: Model, nextDeadline: Instant?, _ findings: inout Findings)
}

extension Rule {
    mutating func begin(_ model: Model, _ findings: inout Findings) {}
    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {}
    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {}
    mutating func end(_ model: Model, nextDeadline: Instant?, _ findings: inout Findings) {}
}

/// A rule that was broken, and how.
public struct Violation: Sendable, CustomStringConvertible {
    public let rule: String
    public let story: String
    public var description: String { "\(rule): \(story)" }
}

/// What the rules found in one turn.
struct Findings {
    private(set) var violations: [Violation] = []

    mutating func add<R: Rule>(_ rule: R.Type, _ story: @autoclosure () -> String) {
        violations.append(Violation(rule: R.name, story: story()))
    }

    /// Something no single rule stands for.
    mutating func add(_ name: String, _ story: String) {
        violations.append(Violation(rule: name, story: story))
    }
}

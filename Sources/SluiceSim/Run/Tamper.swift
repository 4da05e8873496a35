import SluiceEngine
import SluiceModel

/// Falsifies one turn between engine and rules, as if the engine had broken a rule there.
struct Tamper {
    struct Turn {
        var now: Instant
        var events: [Event]
        var effects: [Effect]
        var nextDeadline: Instant?
    }

    private(set) var isDone = false

    mutating func meddle(with turn: inout Turn, before: Model, after: Model) {
    }
}

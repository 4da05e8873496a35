import SluiceEngine
import SluiceModel

/// The last turns of a schedule, kept as they were and put into words only when somebody has to
/// read them.
struct Trace {
    private struct Turn {
        let number: Int
        let now: Instant
        let events: [Event]
        let effects: [Effect]
        let nextDeadline: Instant?
    }

    private let bound: Int
    private var turns: [Turn] = []

    init(bound: Int) { self.bound = bound }

    mutating func add(
        _ number: Int, at now: Instant, _ events: [Event], _ effects: [Effect],
        nextDeadline: Instant?
    ) {
        if turns.count >= 2 * bound { turns.removeFirst(bound) }
        turns.append(
            Turn(
                number: number, now: now, events: events, effects: effects,
                nextDeadline: nextDeadline))
    }

    /// A line for each event and effect of the last turns.
    var lines: [String] {
        turns.suffix(bound).flatMap { turn in
            ["turn \(turn.number) at \(Self.words(turn.now))"]
                + turn.events.map { "  -> \($0)" } + turn.effects.map { "  <- \($0)" }
                + ["  wake \(turn.nextDeadline.map(Self.words) ?? "never")"]
        }.map(Self.shorten)
    }

    private static func words(_ instant: Instant) -> String {
        "\(Double(instant.nanoseconds) / 1e6) ms"
    }

    /// Takes away what the types say already.
    private static func shorten(_ line: String) -> String {
        var text = line
        for module in ["SluiceModel.", "SluiceEngine."] {
            text = text.split(separator: module, omittingEmptySubsequences: false).joined()
        }
        return text
    }
}

/// A heading with a dot, and named facts below it, as `systemctl status` shows a unit.
struct Facts {
    private let heading: String
    private let tone: Cell.Tone
    private var facts: [(name: String, value: Cell)] = []

    init(_ heading: String, _ tone: Cell.Tone) {
        self.heading = visible(heading)
        self.tone = tone
    }

    /// A fact with an empty name continues the one before.
    mutating func add(_ name: String, _ value: Cell) { facts.append((name, value)) }

    func text(_ style: Style) -> String {
        let widest = facts.map(\.name.count).max() ?? 0
        let lines = facts.map { fact in
            let indent = String(repeating: " ", count: 4 + widest - fact.name.count)
            return "\(indent)\(style.paint(fact.name, .faint))  \(style.paint(fact.value))\n"
        }
        return "\(style.paint("●", tone)) \(style.paint(heading, .strong))\n" + lines.joined()
    }
}

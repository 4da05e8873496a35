/// What the output may use: colours where a person looks, and as much width as there is.
struct Style: Hashable {
    var coloured: Bool
    /// Columns of the terminal; nil: as wide as it takes.
    var width: Int?

    /// For files, pipes and tests.
    static let plain = Style(coloured: false, width: nil)

    func paint(_ cell: Cell) -> String { paint(cell.text, cell.tone) }

    func paint(_ text: String, _ tone: Cell.Tone) -> String {
        guard coloured, !text.isEmpty else { return text }
        let code =
            switch tone {
            case .plain: ""
            case .strong: "1"
            case .faint: "2"
            case .good: "32"
            case .warning: "33"
            case .bad: "1;31"
            }
        return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    /// The text with its lines broken between words, where there is a width to keep.
    func wrap(_ text: String) -> String {
        guard let width, width > 0 else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { wrap(line: $0, width) }.joined(separator: "\n")
    }

    private func wrap(line: Substring, _ width: Int) -> String {
        guard line.count > width else { return String(line) }
        var lines: [String] = []
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            guard let last = lines.last, last.count + 1 + word.count <= width else {
                lines.append(String(word))
                continue
            }
            lines[lines.count - 1] = last + " " + word
        }
        return lines.joined(separator: "\n")
    }
}

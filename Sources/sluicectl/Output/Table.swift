/// Rows under a header, aligned.
///
/// Where the terminal is too narrow, columns that hold lists and names give way, the widest
/// first, and end in an ellipsis; numbers are never cut, since half a number is a wrong one.
struct Table {
    struct Column {
        enum Alignment { case left, right }
        let title: String
        var alignment = Alignment.left
        /// May be cut to fit.
        var gives = false
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    private static let gap = 2
    private static let narrowest = 8

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [Cell]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// Lines, each ended by a newline.
    func text(_ style: Style) -> String {
        let header = columns.map { Cell($0.title, .strong) }
        let widths = widths(within: style.width)
        return ([header] + rows).map { line($0, widths, style) + "\n" }.joined()
    }

    private func widths(within available: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index].text }).map(\.count).max() ?? 0
        }
        guard let available else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - available
        while excess > 0 {
            let widest = columns.indices
                .filter { columns[$0].gives && widths[$0] > Self.narrowest }
                .max { widths[$0] < widths[$1] }
            guard let widest else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> String {
        var line = ""
        var pending = 0
        for (index, cell) in cells.enumerated() {
            let text = shortened(cell.text, to: widths[index])
            let padding = widths[index] - text.count
            let before = columns[index].alignment == .right ? padding : 0
            line += String(repeating: " ", count: pending + before)
            line += style.paint(text, cell.tone)
            // Spaces at the end of a line only confuse whoever copies it.
            pending = padding - before + Self.gap
        }
        return line
    }

    private func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }
}

/// Rows under a header, aligned.
///
/// Where the terminal is too narrow, columns that may be left out are, then those that hold lists
/// and names give way, the widest first, and end in an ellipsis; numbers are never cut, since half
/// a number is a wrong one.
struct Table {
    struct Column {
        enum Alignment { case left, right }
        let title: String
        var alignment = Alignment.left
        /// May be cut to fit.
        var gives = false
        /// What it gives down to.
        var narrowest = 8
        /// Goes where there is no room, the smallest number first; nil: stays.
        var leaves: Int?
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    private static let gap = 2

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [Cell]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// Lines, each ended by a newline.
    func text(_ style: Style) -> String {
        lines(within: style.width).map { line in
            line.map { style.paint($0) }.joined() + "\n"
        }.joined()
    }

    /// The header and the rows, each as cells that stand side by side, spaces among them.
    func lines(within available: Int?) -> [[Cell]] {
        let natural = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index].text }).map { sluicectl.columns(of: $0) }
                .max() ?? 0
        }
        let shown = shown(natural, within: available)
        let widths = widths(natural, of: shown, within: available)
        let header = columns.map { Cell($0.title, .strong) }
        return ([header] + rows).map { row in
            line(shown.map { (row[$0], columns[$0].alignment) }, widths)
        }
    }

    /// The columns for which there is room, where those that give have given all.
    private func shown(_ natural: [Int], within available: Int?) -> [Int] {
        var shown = Array(columns.indices)
        guard let available else { return shown }
        func least() -> Int {
            shown.reduce(-Self.gap) { sum, index in
                let column = columns[index]
                let width = natural[index]
                return sum + Self.gap + (column.gives ? min(width, column.narrowest) : width)
            }
        }
        while least() > available {
            let leaving = shown.filter { columns[$0].leaves != nil }
                .min { columns[$0].leaves ?? 0 < columns[$1].leaves ?? 0 }
            guard let leaving else { break }
            shown.removeAll { $0 == leaving }
        }
        return shown
    }

    private func widths(_ natural: [Int], of shown: [Int], within available: Int?) -> [Int] {
        var widths = shown.map { natural[$0] }
        guard let available else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - available
        while excess > 0 {
            let widest = shown.indices
                .filter { columns[shown[$0]].gives && widths[$0] > columns[shown[$0]].narrowest }
                .max { widths[$0] < widths[$1] }
            guard let widest else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [(Cell, Column.Alignment)], _ widths: [Int]) -> [Cell] {
        var line: [Cell] = []
        var pending = 0
        for ((cell, alignment), width) in zip(cells, widths) {
            let text = clipped(cell.text, to: width)
            let padding = width - sluicectl.columns(of: text)
            let before = alignment == .right ? padding : 0
            line.append(Cell(String(repeating: " ", count: pending + before)))
            line.append(Cell(text, cell.tone))
            // Spaces at the end of a line only confuse whoever copies it.
            pending = padding - before + Self.gap
        }
        return line
    }
}

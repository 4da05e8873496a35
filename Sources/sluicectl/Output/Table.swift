/// Rows under a header, aligned.
///
/// Where the terminal is too narrow, columns that hold lists and names give way, the widest
/// first, and end in an ellipsis; numbers are never cut, since half a number is a wrong one. Rather
/// than squeeze names beyond recognition it leaves whole columns out, the least telling first.
struct Table {
    struct Column {
        enum Alignment { case left, right }
        let title: String
        var alignment = Alignment.left
        /// May be cut to fit.
        var gives = false
        /// Which goes first where there is no room: the lowest. Without one a column stays longer.
        var goes: Int?
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    private static let gap = 2
    /// Letters of a name that tell it from others, as a rule; and those that it has at least.
    private static let readable = 16
    private static let narrowest = 8

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
        let header = columns.map { Cell($0.title, .strong) }
        let columns = fitting(available)
        return ([header] + rows).map { line($0, columns) }
    }

    /// The columns that are shown, and their widths.
    private typealias Layout = [(index: Int, width: Int)]

    private func fitting(_ available: Int?) -> Layout {
        var layout: Layout = columns.indices.map { index in
            let texts = [columns[index].title] + rows.map { $0[index].text }
            return (index, texts.map { sluicectl.columns(of: $0) }.max() ?? 0)
        }
        guard let available else { return layout }
        narrow(&layout, to: available, leaving: Self.readable)
        while excess(of: layout, over: available) > 0, let next = expendable(in: layout) {
            layout.remove(at: next)
        }
        narrow(&layout, to: available, leaving: Self.narrowest)
        while excess(of: layout, over: available) > 0, layout.count > 1 { layout.removeLast() }
        narrow(&layout, to: available, leaving: 1)
        return layout
    }

    private func excess(of layout: Layout, over available: Int) -> Int {
        layout.map(\.width).reduce(Self.gap * (layout.count - 1), +) - available
    }

    private func expendable(in layout: Layout) -> Int? {
        layout.indices.filter { columns[layout[$0].index].goes != nil }
            .min { (columns[layout[$0].index].goes ?? 0) < (columns[layout[$1].index].goes ?? 0) }
    }

    private func narrow(_ layout: inout Layout, to available: Int, leaving narrowest: Int) {
        for _ in 0..<max(0, excess(of: layout, over: available)) {
            let widest = layout.indices
                .filter { columns[layout[$0].index].gives && layout[$0].width > narrowest }
                .max { layout[$0].width < layout[$1].width }
            guard let widest else { return }
            layout[widest].width -= 1
        }
    }

    private func line(_ cells: [Cell], _ layout: Layout) -> [Cell] {
        var line: [Cell] = []
        var pending = 0
        for (index, width) in layout {
            let text = clipped(cells[index].text, to: width)
            let padding = width - sluicectl.columns(of: text)
            let before = columns[index].alignment == .right ? padding : 0
            line.append(Cell(String(repeating: " ", count: pending + before)))
            line.append(Cell(text, cells[index].tone))
            // Spaces at the end of a line only confuse whoever copies it.
            pending = padding - before + Self.gap
        }
        return line
    }
}

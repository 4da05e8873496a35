import SluiceWire

// The sections of the screen: each a title and as many rows as it has room for.

extension TopScreen {
    func queues(in room: Int) -> [ScreenLine] {
        let queues = model.queues
        guard !queues.isEmpty else {
            return [ScreenLine([Cell("No queues are known yet: start a worker.", .faint)])]
        }
        let table = topQueuesTable(queues)
        let graphs = Graphs(in: window)
        let lines = table.lines(within: window.columns - graphs.reserved)
        let used = lines.map { $0.reduce(0) { $0 + columns(of: $1.text) } }.max() ?? 0
        let selected = queues.firstIndex { $0.concurrencyID == model.selected }
        let rows = zip([nil] + queues.map { Optional($0) }, lines).map { queue, cells in
            let graph = graphs.cells(for: queue?.concurrencyID, after: cells, used, model.history)
            return ScreenLine(
                cells + graph, isSelected: queue != nil && queue?.concurrencyID == model.selected)
        }
        return section(rows, in: room, showing: selected)
    }

    func devices(in room: Int) -> [ScreenLine] {
        guard !model.sample.devices.isEmpty else { return [] }
        let table = topDevicesTable(model.sample.devices, bars: window.bars)
        return section(table.lines(within: window.columns).map { ScreenLine($0) }, in: room)
    }

    func workers(in room: Int) -> [ScreenLine] {
        guard !model.sample.workers.isEmpty else {
            return [ScreenLine([Cell("No workers are attached.", .warning)])]
        }
        let table = workersTable(model.sample.workers)
        return section(table.lines(within: window.columns).map { ScreenLine($0) }, in: room)
    }

    func requests(in room: Int) -> [ScreenLine] {
        guard !model.sample.oldestWaiting.isEmpty else { return [] }
        let table = topRequestsTable(model.sample.oldestWaiting)
        let lines = table.lines(within: window.columns).map { ScreenLine($0) }
        let all = model.sample.daemon.waiting
        return section(lines, in: room, of: max(all, lines.count - 1))
    }

    /// A title and as many rows as fit, the chosen one among them, and how many there are besides.
    private func section(
        _ lines: [ScreenLine], in room: Int, showing chosen: Int? = nil, of total: Int? = nil
    ) -> [ScreenLine] {
        let rows = lines.dropFirst()
        let total = total ?? rows.count
        guard lines.count > room || total > rows.count else { return lines }
        // With room for one row alone, that row is worth more than its title, and than how many
        // there are.
        let shown = max(1, min(rows.count, room - 2))
        let first = min(max(0, (chosen ?? 0) - shown / 2), rows.count - shown)
        let window = rows.dropFirst(first).prefix(shown)
        var text = "… \(total - shown) more"
        if first > 0 { text += ", \(first) of them above" }
        let more = room > 2 ? [ScreenLine([Cell(text, .faint)])] : []
        let title = room > 1 ? lines.prefix(1) : []
        return Array((title + window + more).prefix(max(0, room)))
    }
}

/// The column of graphs, which takes what the others leave of a window that is wide enough.
private struct Graphs {
    let window: TopWindow
    /// What the other columns may not have.
    let reserved: Int

    private static let narrowest = 12
    private static let gap = 2

    init(in window: TopWindow) {
        self.window = window
        let width = max(Self.narrowest, (window.columns - 40) / 3)
        reserved = window.columns < 64 ? 0 : width + Self.gap
    }

    /// - Parameter queue: nil for the title.
    func cells(
        for queue: String?, after cells: [Cell], _ used: Int, _ history: TopHistory
    ) -> [Cell] {
        let width = min(window.columns - used - Self.gap, TopHistory.polls)
        guard width >= Self.narrowest else { return [] }
        let filled = cells.reduce(0) { $0 + columns(of: $1.text) }
        let gap = Cell(String(repeating: " ", count: used - filled + Self.gap))
        guard let queue else {
            let time = duration(Double(width) * window.interval)
            let long = "WAITING, LAST \(time)"
            return [gap, Cell(columns(of: long) <= width ? long : "LAST \(time)", .strong)]
        }
        return [gap, Cell(history.graph(of: queue, columns: width, bars: window.bars), .good)]
    }
}

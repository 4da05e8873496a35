import SluiceWire

/// Attached workers, one a row.
func workersText(_ workers: [Control.Worker], style: Style) -> String {
    guard !workers.isEmpty else {
        return """
            No workers are attached. Start a program that serves a function, as sluice-worker(7)
            shows.

            """
    }
    return workersTable(workers).text(style)
}

/// For a page that scrolls every column stays; a screen may leave some out.
func workersTable(_ workers: [Control.Worker], columnsLeave: Bool = false) -> Table {
    func leaves(_ order: Int) -> Int? { columnsLeave ? order : nil }
    var table = Table([
        .init(title: "ID", alignment: .right),
        .init(title: "NAME", gives: true),
        .init(title: "PID", alignment: .right, leaves: leaves(1)),
        .init(title: "STATE"),
        .init(title: "SLOTS", alignment: .right, leaves: leaves(5)),
        .init(title: "ATTACHED", alignment: .right, leaves: leaves(2)),
        .init(title: "HOLD", leaves: leaves(4)),
        .init(title: "FUNCTIONS", gives: true, leaves: leaves(3)),
    ])
    for worker in workers {
        table.add([
            Cell(worker.id),
            Cell(worker.name, .strong),
            Cell(worker.pid),
            worker.state.cell,
            Cell("\(worker.busy)/\(worker.slots)"),
            Cell(duration(worker.attachedSeconds)),
            worker.hold.cell(),
            Cell(worker.functions.joined(separator: ", ")),
        ])
    }
    return table
}

extension Control.WorkerState {
    fileprivate var cell: Cell {
        switch self {
        case .idle: Cell(rawValue)
        case .busy: Cell(rawValue, .good)
        case .hung: Cell(rawValue, .bad)
        case .draining: Cell(rawValue, .warning)
        }
    }
}

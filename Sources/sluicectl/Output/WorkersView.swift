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

func workersTable(_ workers: [Control.Worker]) -> Table {
    var table = Table([
        .init(title: "ID", alignment: .right),
        .init(title: "NAME", gives: true),
        .init(title: "PID", alignment: .right, goes: 2),
        .init(title: "STATE"),
        .init(title: "SLOTS", alignment: .right),
        .init(title: "ATTACHED", alignment: .right, goes: 1),
        .init(title: "HOLD"),
        .init(title: "FUNCTIONS", gives: true, goes: 3),
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

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
    let haveDevices = workers.contains { !$0.devices.isEmpty || $0.awaitsDevices }
    var columns: [Table.Column] = [
        .init(title: "ID", alignment: .right),
        .init(title: "NAME", gives: true),
        .init(title: "PID", alignment: .right, goes: 2),
        .init(title: "STATE"),
        .init(title: "SLOTS", alignment: .right),
        .init(title: "ATTACHED", alignment: .right, goes: 1),
        .init(title: "HOLD"),
        .init(title: "FUNCTIONS", gives: true, goes: 3),
    ]
    if haveDevices { columns.insert(.init(title: "DEVICES", gives: true), at: 5) }
    var table = Table(columns)
    for worker in workers {
        var cells: [Cell] = [
            Cell(worker.id),
            Cell(worker.name, .strong),
            Cell(worker.pid),
            worker.state.cell,
            Cell("\(worker.busy)/\(worker.slots)"),
            Cell(duration(worker.attachedSeconds)),
            worker.hold.cell(),
            Cell(worker.functions.joined(separator: ", ")),
        ]
        if haveDevices { cells.insert(worker.devicesCell, at: 5) }
        table.add(cells)
    }
    return table
}

extension Control.Worker {
    fileprivate var devicesCell: Cell {
        if awaitsDevices { return Cell("awaits some", .warning) }
        return devices.isEmpty ? .nothing : Cell(devices.joined(separator: ", "))
    }
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

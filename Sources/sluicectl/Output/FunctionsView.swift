import SluiceWire

/// Functions, one a row.
func functionsText(_ functions: [Control.Function], style: Style) -> String {
    guard !functions.isEmpty else {
        return "No function is known yet. Start a worker that serves one.\n"
    }
    var table = Table([
        .init(title: "FUNCTION", gives: true),
        .init(title: "QUEUE", gives: true, goes: 3),
        .init(title: "WAITING", alignment: .right),
        .init(title: "RUNNING", alignment: .right),
        .init(title: "WORKERS", alignment: .right, goes: 4),
        .init(title: "BATCH", alignment: .left, goes: 1),
        .init(title: "TAKES", alignment: .right, goes: 2),
        .init(title: "HOLD", gives: true),
    ])
    for function in functions {
        table.add([
            Cell(function.function, .strong),
            Cell(function.concurrencyID),
            Cell(function.waiting),
            Cell(function.running),
            workers(of: function),
            batches(of: function),
            takes(function),
            function.hold.cell(because: function.reason),
        ])
    }
    return table.text(style)
}

/// None is fine while nothing waits.
private func workers(of function: Control.Function) -> Cell {
    function.workers == 0 && function.waiting > 0
        ? Cell("0", .bad) : Cell(function.workers)
}

/// `up to 8`, `up to 8, after 50ms`, and what the device's memory taught.
private func batches(of function: Control.Function) -> Cell {
    guard function.maxBatchSize > 1 else { return .nothing }
    var text = "up to \(function.maxBatchSize)"
    if let learned = function.learnedBatchSize { text += " (\(learned) fit)" }
    if function.maxBatchDelay > 0 { text += ", after \(duration(function.maxBatchDelay))" }
    return Cell(text)
}

/// What one request takes alone: seen, or only declared.
private func takes(_ function: Control.Function) -> Cell {
    if let time = function.serviceTime {
        return Cell(duration(time.perBatchSeconds + time.perRequestSeconds))
    }
    return function.expectedDuration.map { Cell("~\(duration($0))", .faint) } ?? .nothing
}

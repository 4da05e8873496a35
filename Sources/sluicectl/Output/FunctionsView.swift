import SluiceWire

/// Functions, one a row.
func functionsText(_ functions: [Control.Function], style: Style) -> String {
    guard !functions.isEmpty else {
        return "No function is known yet. Start a worker that serves one.\n"
    }
    let haveNeeds = functions.contains { needs(of: $0) != .nothing }
    var columns: [Table.Column] = [
        .init(title: "FUNCTION", gives: true),
        .init(title: "QUEUE", gives: true, goes: 4),
        .init(title: "WAITING", alignment: .right),
        .init(title: "RUNNING", alignment: .right),
        .init(title: "WORKERS", alignment: .right, goes: 5),
        .init(title: "BATCH", alignment: .left, goes: 1),
        .init(title: "TAKES", alignment: .right, goes: 2),
        .init(title: "HOLD", gives: true),
    ]
    if haveNeeds { columns.insert(.init(title: "NEEDS", goes: 3), at: 7) }
    var table = Table(columns)
    for function in functions {
        var cells = [
            Cell(function.function, .strong),
            Cell(function.concurrencyID),
            Cell(function.waiting),
            Cell(function.running),
            workers(of: function),
            batches(of: function),
            takes(function),
            function.hold.cell(because: function.reason),
        ]
        if haveNeeds { cells.insert(needs(of: function), at: 7) }
        table.add(cells)
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

/// What it takes of devices: `6.0 GiB + 300.0 MiB each`, `2 devices, alone`. What nobody said, and
/// workers were seen to take, comes after `~`.
private func needs(of function: Control.Function) -> Cell {
    func bytes(_ count: Int?, _ key: String) -> String? {
        let isLearned = function.origins[key] ?? .default == .default
        return count.map { (isLearned ? "~" : "") + size($0) }
    }
    let each = bytes(function.memoryPerItem, "memory_per_item").map { "\($0) each" }
    let memory = [bytes(function.memory, "memory"), each].compactMap { $0 }
        .joined(separator: " + ")
    let parts = [
        function.deviceCount > 1 ? "\(function.deviceCount) devices" : "", memory,
        function.exclusive ? "alone" : "",
    ].filter { !$0.isEmpty }
    return parts.isEmpty ? .nothing : Cell(parts.joined(separator: ", "))
}

/// What one request takes alone: seen, or only declared.
private func takes(_ function: Control.Function) -> Cell {
    if let time = function.serviceTime {
        return Cell(duration(time.perBatchSeconds + time.perRequestSeconds))
    }
    return function.expectedDuration.map { Cell("~\(duration($0))", .faint) } ?? .nothing
}

import SluiceWire

/// Live requests, one a row, oldest first.
func requestsText(_ requests: [Control.Request], style: Style) -> String {
    guard !requests.isEmpty else {
        return "No requests are waiting or running; ask for something: sluicectl submit FUNCTION\n"
    }
    // Only gateways name callers.
    let hasCallers = requests.contains { $0.caller != nil }
    var columns: [Table.Column] = [
        .init(title: "ID", alignment: .right),
        .init(title: "FUNCTION", gives: true),
        .init(title: "QUEUE", gives: true, goes: 4),
        .init(title: "STATE"),
        .init(title: "RANK", alignment: .right, goes: 5),
        .init(title: "WAITED", alignment: .right),
        .init(title: "RUNS", alignment: .right),
        .init(title: "ETA", alignment: .right, goes: 6),
        .init(title: "WORKER", alignment: .right, goes: 3),
        .init(title: "UID", alignment: .right, goes: 2),
        .init(title: "SIZE", alignment: .right, goes: 1),
    ]
    if hasCallers { columns.append(.init(title: "CALLER", gives: true)) }
    var table = Table(columns)
    for request in requests {
        var cells: [Cell] = [
            Cell(request.id),
            Cell(request.function, .strong),
            Cell(request.concurrencyID),
            request.state.cell,
            request.rank.map { Cell($0) } ?? .nothing,
            Cell(duration(request.waitingSeconds)),
            request.runningSeconds.map { Cell(duration($0)) } ?? .nothing,
            request.eta.map { Cell("~\(duration($0.p50Seconds))") } ?? .nothing,
            request.worker.map { Cell($0) } ?? .nothing,
            request.user.map { Cell($0) } ?? .nothing,
            Cell(size(request.bytes)),
        ]
        if hasCallers { cells.append(request.caller.map { Cell($0) } ?? .nothing) }
        table.add(cells)
    }
    return table.text(style)
}

extension Control.RequestState {
    fileprivate var cell: Cell {
        switch self {
        case .waiting, .granted: Cell(rawValue)
        case .running: Cell(rawValue, .good)
        case .settling: Cell(rawValue, .warning)
        }
    }
}

/// One request: where it stands, the one thing that blocks it, and what would help.
func explanationText(_ reply: Control.Explain.Reply, style: Style) -> String {
    let request = reply.request
    var facts = Facts(heading(request), reply.blocker == .none ? .good : .warning)
    facts.add(request)
    facts.add(reply.blocker == .none ? "now" : "blocked", Cell(reply.message, .strong))
    if let help = reply.help { facts.add("try", Cell(help)) }
    return facts.text(style)
}

func heading(_ request: Control.Request) -> String {
    "request \(request.id), \(request.state.rawValue): \(request.function)"
        + " in \(request.concurrencyID)"
}

extension Facts {
    /// Where a live request stands.
    mutating func add(_ request: Control.Request) {
        add("waited", Cell(duration(request.waitingSeconds)))
        if let runs = request.runningSeconds { add("runs", Cell("for \(duration(runs))")) }
        if let settles = request.settlingSeconds { addSettling(settles) }
        if let rank = request.rank { add("rank", Cell(rank == 0 ? "0, next" : "\(rank)")) }
        guard let eta = request.eta else { return }
        let late = duration(eta.p90Seconds)
        add("eta", Cell("~\(duration(eta.p50Seconds)), at most \(late) in 9 cases of 10"))
    }

    /// Its outcome waits to be stored.
    mutating func addSettling(_ seconds: Double) {
        add("settles", Cell("for \(duration(seconds)): the store does not take its outcome"))
    }
}

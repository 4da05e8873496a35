import SluiceWire

/// All queues, one a row, and what there is to warn of.
func queuesText(_ queues: [Control.Queue], style: Style) -> String {
    guard !queues.isEmpty else {
        return """
            No queues are known yet. A queue comes with its first function: start a worker, or name
            the function in /etc/sluice/sluiced.toml and run 'sluicectl reload'.

            """
    }
    var table = Table([
        .init(title: "QUEUE", gives: true),
        .init(title: "WAITING", alignment: .right),
        .init(title: "RUNNING", alignment: .left),
        .init(title: "OLDEST", alignment: .right, goes: 2),
        .init(title: "HOLD", gives: true),
        .init(title: "FUNCTIONS", gives: true, goes: 1),
    ])
    for queue in queues {
        table.add([
            Cell(queue.concurrencyID, .strong),
            waiting(queue.waiting, of: queue.maxSize),
            places(queue.running, of: queue.concurrencyLimit, overBy: queue.overBy),
            queue.oldestWaitingSeconds.map { Cell(duration($0)) } ?? .nothing,
            queue.hold.cell(because: queue.reason),
            Cell(queue.functions.joined(separator: ", ")),
        ])
    }
    let warnings = queues.compactMap { queue in
        queue.warning.map { warningLine("\(queue.concurrencyID): \($0)", style) }
    }
    return table.text(style) + (warnings.isEmpty ? "" : "\n") + warnings.joined()
}

func warningLine(_ text: String, _ style: Style) -> String {
    "\(style.paint("warning:", .warning)) \(visible(text))\n"
}

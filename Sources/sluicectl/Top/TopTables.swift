import SluiceWire

// The tables of the screen. A window too narrow for all columns first loses what is told elsewhere.

func topQueuesTable(_ queues: [Control.Queue]) -> Table {
    var table = Table([
        .init(title: "QUEUE", gives: true),
        .init(title: "WAITING", alignment: .right),
        .init(title: "RUNNING", alignment: .right, goes: 7),
        .init(title: "HOLD", goes: 6),
        .init(title: "ADMIT/s", alignment: .right, goes: 2),
        .init(title: "START/s", alignment: .right, goes: 4),
        .init(title: "WAIT P50", alignment: .right, goes: 3),
        .init(title: "P99", alignment: .right, goes: 5),
        .init(title: "OLDEST", alignment: .right, goes: 1),
    ])
    for queue in queues {
        table.add([
            Cell(queue.concurrencyID, queue.hold == .running ? .strong : queue.hold.tone),
            waiting(queue.waiting, of: queue.maxSize),
            runningCell(queue),
            queue.hold.cell(),
            rateCell(queue.admittedPerSecond),
            rateCell(queue.startedPerSecond),
            queue.waitP50Seconds.map { Cell(duration($0)) } ?? .nothing,
            queue.waitP99Seconds.map { Cell(duration($0)) } ?? .nothing,
            queue.oldestWaitingSeconds.map { Cell(duration($0)) } ?? .nothing,
        ])
    }
    return table
}

/// `3/2` says by itself that it is over by one, and `0/0` that what waits will wait.
private func runningCell(_ queue: Control.Queue) -> Cell {
    let isStuck = queue.concurrencyLimit == 0 && queue.waiting > 0
    let text = places(queue.running, of: queue.concurrencyLimit).text
    return Cell(text, queue.overBy > 0 || isStuck ? .warning : .plain)
}

private func rateCell(_ perSecond: Double) -> Cell {
    let text = rate(perSecond)
    return text == "0" ? .nothing : Cell(text)
}

/// - Parameter bars: to draw with; nil: nothing is drawn.
func topDevicesTable(_ devices: [Control.Device], bars: Bars?) -> Table {
    var columns: [Table.Column] = [
        .init(title: "DEVICE", gives: true),
        .init(title: "STATE"),
        .init(title: "USED/TOTAL", alignment: .right),
        .init(title: "FREE", alignment: .right, goes: 4),
        .init(title: "UTIL", alignment: .right, goes: 6),
        .init(title: "TEMP", alignment: .right, goes: 5),
        .init(title: "POWER", alignment: .right, goes: 1),
        .init(title: "RUNNING", alignment: .right, goes: 7),
        .init(title: "SEEN", alignment: .right, goes: 2),
    ]
    if bars != nil { columns.insert(.init(title: "MEMORY", goes: 3), at: 2) }
    var table = Table(columns)
    for device in devices {
        var cells = [
            Cell(device.device, .strong), device.state.cell, device.memoryCell, device.freeCell,
            device.seen(device.utilisation.map { "\($0)%" }), device.temperatureCell,
            device.seen(device.powerWatts.map(watts)), Cell(device.running), device.ageCell,
        ]
        if let bars { cells.insert(gauge(of: device, bars), at: 2) }
        table.add(cells)
    }
    return table
}

private func gauge(of device: Control.Device, _ bars: Bars) -> Cell {
    guard let used = device.memoryUsedBytes, let total = device.memoryTotalBytes else {
        return .nothing
    }
    let isTight = (device.memoryFreeBytes ?? 0) < 0
    return device.seen(bars.gauge(used, of: total, columns: 10), isTight ? .bad : .good)
}

func topRequestsTable(_ requests: [Control.Request]) -> Table {
    var table = Table([
        .init(title: "WAITED", alignment: .right),
        .init(title: "ID", alignment: .right),
        .init(title: "FUNCTION", gives: true),
        .init(title: "QUEUE", gives: true, goes: 4),
        .init(title: "RANK", alignment: .right, goes: 3),
        .init(title: "ETA", alignment: .right, goes: 5),
        .init(title: "UID", alignment: .right, goes: 2),
        .init(title: "SIZE", alignment: .right, goes: 1),
    ])
    for request in requests {
        table.add([
            Cell(duration(request.waitingSeconds)),
            Cell(request.id),
            Cell(request.function, .strong),
            Cell(request.concurrencyID),
            request.rank.map { Cell($0) } ?? .nothing,
            request.eta.map { Cell("~\(duration($0.p50Seconds))") } ?? .nothing,
            request.user.map { Cell($0) } ?? .nothing,
            Cell(size(request.bytes)),
        ])
    }
    return table
}

/// The screen as a page: all rows, for `--once`.
func topText(_ sample: TopSample, host: String, style: Style) -> String {
    let head = [topTitle(sample, link: .up, host: host, at: .distantPast), topFigures(sample)]
    let width = style.width ?? .max
    var text = head.map { fitting($0, within: width).map { style.paint($0) }.joined() + "\n" }
        .joined()
    text += "\n"
    text +=
        sample.queues.isEmpty
        ? queuesText([], style: style)
        : topQueuesTable(sample.queues).text(style)
    let warnings = sample.queues.compactMap { queue in
        (queue.warning ?? queue.reason).map {
            warningLine("\(queue.concurrencyID): \($0)", style)
        }
    }
    text += warnings.isEmpty ? "" : "\n" + warnings.joined()
    if !sample.devices.isEmpty {
        text += "\n" + topDevicesTable(sample.devices, bars: nil).text(style)
    }
    text += "\n" + workersText(sample.workers, style: style)
    guard !sample.oldestWaiting.isEmpty else { return text }
    let requests = topRequestsTable(sample.oldestWaiting)
    return text + "\n" + requests.text(style)
}

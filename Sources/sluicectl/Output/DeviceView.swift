import SluiceWire

/// One device: how it is, whose its memory is, and who is on it.
func deviceText(_ device: Control.Device, style: Style) -> String {
    let model = device.model.map { " (\($0))" } ?? ""
    var facts = Facts("\(device.device)\(model), \(device.state.rawValue)", device.state.tone)
    for (index, reason) in device.cordons.enumerated() {
        facts.add(index == 0 ? "cordoned" : "", Cell(device.ending(of: reason), .warning))
    }
    facts.add(
        "kind",
        Cell(
            ([device.kind.rawValue, device.identity].compactMap { $0 }).joined(
                separator: ", ")))
    if !device.paths.isEmpty { facts.add("paths", Cell(device.paths.joined(separator: ", "))) }
    facts.addState(of: device)
    facts.addMemory(of: device)
    facts.add("running", Cell(device.running == 1 ? "1 batch" : "\(device.running) batches"))
    facts.add("queues", device.queuesCell)
    if let function = device.promisedTo {
        facts.add(
            "promised to", Cell("function \(function): it is emptied for its batch", .warning))
    }
    var text = facts.text(style)
    if !device.holders.isEmpty { text += "\n" + holdersTable(device.holders).text(style) }
    if !device.strangers.isEmpty { text += "\n" + strangersTable(device.strangers).text(style) }
    return text
}

extension Facts {
    /// How it was when it was looked at last.
    fileprivate mutating func addState(of device: Control.Device) {
        guard let age = device.sampleAgeSeconds else {
            let isIdle = device.running == 0 && device.holders.isEmpty
            return add("looked at", Cell(isIdle ? "never: nothing uses it" : "never", .faint))
        }
        add("looked at", Cell("\(duration(age)) ago"))
        if let percent = device.utilisation { add("utilisation", device.seen("\(percent)%")) }
        if device.temperature != nil {
            let most = device.maxTemperature.map { ", nothing starts from \($0) °C" } ?? ""
            let cell = device.temperatureCell
            add("temperature", Cell(cell.text + most, cell.tone))
        }
        if let power = device.powerWatts { add("power", device.seen(watts(power))) }
    }

    /// Whose its memory is.
    fileprivate mutating func addMemory(of device: Control.Device) {
        guard let total = device.memoryTotalBytes else {
            return add("memory", Cell("not accounted: nobody knows how much it has", .faint))
        }
        add(
            "memory",
            device.memoryUsedBytes.map { device.seen("\(size($0)) of \(size(total)) used") }
                ?? Cell(size(total)))
        add("of workers", Cell(size(device.memoryHeldBytes)))
        add("of others", Cell(size(device.memoryForeignBytes)))
        add("reserve", Cell(size(device.reserve)))
        guard let free = device.memoryFreeBytes else { return }
        add(
            "free",
            free < 0
                ? Cell("none: \(size(-free)) more are taken than there may be", .bad)
                : Cell(size(free)))
    }
}

extension Control.Device {
    fileprivate func ending(of reason: Control.CordonReason) -> String {
        guard reason.endsInSeconds == nil else { return reason.phrase }
        switch reason.kind {
        case .operator: return reason.phrase + "; until it is uncordoned"
        case .hung: return reason.phrase
        case .lost, .fault, .hot:
            let isForGood = uncordonAfter == nil
            return reason.phrase + (isForGood ? "; until it is uncordoned" : "")
        }
    }
}

private func holdersTable(_ holders: [Control.DeviceHolder]) -> Table {
    var table = Table([
        .init(title: "WORKER", alignment: .right),
        .init(title: "NAME", gives: true),
        .init(title: "PID", alignment: .right, goes: 2),
        .init(title: "LEASE"),
        .init(title: "LEASED", alignment: .right, goes: 3),
        .init(title: "RESERVED", alignment: .right, goes: 4),
        .init(title: "SEEN", alignment: .right),
        .init(title: "RUNNING", alignment: .right, goes: 1),
    ])
    for holder in holders {
        table.add([
            holder.worker.map { Cell($0) } ?? .nothing,
            holder.gone
                ? Cell("its process has ended", .faint)
                : holder.name.map { Cell($0, .strong) } ?? .nothing,
            holder.pid.map { Cell($0) } ?? .nothing,
            Cell(holder.right),
            Cell(size(holder.leasedBytes)),
            Cell(size(holder.reservedBytes)),
            holder.seenBytes.map { Cell(size($0)) } ?? .nothing,
            Cell(holder.running),
        ])
    }
    return table
}

extension Control.DeviceHolder {
    /// By what right it is there.
    fileprivate var right: String {
        switch (lease, exclusive) {
        case (true, true): "exclusive"
        case (true, false): "shared"
        case (false, true): "batch alone"
        case (false, false): gone ? "-" : "batch"
        }
    }
}

private func strangersTable(_ strangers: [Control.DeviceProcess]) -> Table {
    var table = Table([
        .init(title: "OTHER PROCESS", gives: true),
        .init(title: "PID", alignment: .right),
        .init(title: "MEMORY", alignment: .right),
    ])
    for process in strangers {
        table.add([
            process.name.map { Cell($0) } ?? .nothing, Cell(process.pid),
            process.bytes.map { Cell(size($0)) } ?? .nothing,
        ])
    }
    return table
}

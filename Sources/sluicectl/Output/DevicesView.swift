import SluiceWire

/// Devices, one a row, and why those are cordoned that are.
func devicesText(_ devices: [Control.Device], style: Style) -> String {
    guard !devices.isEmpty else {
        return """
            No devices are known. Those of NVIDIA and AMD are found by themselves; others are
            declared in /etc/sluice/sluiced.toml: see DEVICES in sluiced.toml(5).

            """
    }
    var table = Table([
        .init(title: "DEVICE", gives: true),
        .init(title: "STATE"),
        .init(title: "USED/TOTAL", alignment: .right),
        .init(title: "FREE", alignment: .right),
        .init(title: "UTIL", alignment: .right, goes: 4),
        .init(title: "TEMP", alignment: .right, goes: 5),
        .init(title: "POWER", alignment: .right, goes: 1),
        .init(title: "SEEN", alignment: .right, goes: 3),
        .init(title: "RUNNING", alignment: .right, goes: 6),
        .init(title: "QUEUES", gives: true, goes: 2),
    ])
    for device in devices {
        table.add([
            Cell(device.device, .strong), device.state.cell, device.memoryCell, device.freeCell,
            device.seen(device.utilisation.map { "\($0)%" }), device.temperatureCell,
            device.seen(device.powerWatts.map(watts)), device.ageCell, Cell(device.running),
            device.queuesCell,
        ])
    }
    let reasons = devices.flatMap { device in
        device.cordons.map { warningLine("\(device.device): \($0.phrase)", style) }
    }
    return table.text(style) + (reasons.isEmpty ? "" : "\n") + reasons.joined()
}

extension Control.DeviceState {
    var tone: Cell.Tone {
        switch self {
        case .usable: .good
        case .cordoned: .warning
        case .lost: .bad
        }
    }

    var cell: Cell { Cell(rawValue, tone) }
}

extension Control.CordonReason {
    /// `a new fan (operator), for 5min 2s`.
    var phrase: String {
        let end = endsInSeconds.map { "; ends in \(duration($0))" } ?? ""
        // Who gives no reason is one.
        let kind = reason.hasSuffix(self.kind.rawValue) ? "" : " (\(self.kind.rawValue))"
        return "\(reason)\(kind), for \(duration(sinceSeconds))\(end)"
    }
}

extension Control.Device {
    /// Devices in use are looked at every second or so; what is much older only was so.
    private static let fresh = 10.0

    private var isFresh: Bool { (sampleAgeSeconds ?? .infinity) < Self.fresh }

    /// What was seen of it: faint where that is long ago.
    func seen(_ text: String?, _ tone: Cell.Tone = .plain) -> Cell {
        guard let text else { return .nothing }
        return Cell(text, isFresh ? tone : .faint)
    }

    /// `61.2/139.8 GiB`.
    var memoryCell: Cell {
        guard let total = memoryTotalBytes else { return seen(memoryUsedBytes.map(size)) }
        guard let used = memoryUsedBytes else { return Cell("-/\(size(total))", .faint) }
        return seen(part(used, of: total))
    }

    /// Where others took what was promised, how much that is.
    var freeCell: Cell {
        guard let free = memoryFreeBytes else { return .nothing }
        return free < 0 ? Cell("-\(size(-free))", .bad) : Cell(size(free))
    }

    var temperatureCell: Cell {
        let isHot = maxTemperature.map { (temperature ?? 0) >= $0 } ?? false
        return seen(temperature.map { "\($0) °C" }, isHot ? .warning : .plain)
    }

    var queuesCell: Cell {
        queues.isEmpty ? .nothing : Cell(queues.joined(separator: ", "))
    }

    /// How long ago it was looked at.
    var ageCell: Cell { sampleAgeSeconds.map { seen(duration($0)) } ?? Cell("never", .faint) }
}

/// `61.2/139.8 GiB`, `300.0 MiB/139.8 GiB`: the unit once where it is the same.
func part(_ part: Int, of whole: Int) -> String {
    let (some, all) = (size(part).split(separator: " "), size(whole))
    guard some.count == 2, all.hasSuffix(" \(some[1])") else { return "\(size(part))/\(all)" }
    return "\(some[0])/\(all)"
}

/// `512 W`.
func watts(_ watts: Double) -> String {
    guard watts.isFinite, abs(watts) < 1e9 else { return "- W" }
    return "\(Int(watts.rounded())) W"
}

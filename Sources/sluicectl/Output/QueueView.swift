import SluiceWire

/// One queue: where it stands, which limits hold and who said them, and its functions.
func queueText(_ reply: Control.GetQueue.Reply, style: Style) -> String {
    let queue = reply.queue
    var facts = Facts(
        "\(queue.concurrencyID), \(queue.hold.phrase(because: queue.reason))", queue.hold.tone)
    let waits = queue.oldestWaitingSeconds.map { ", the oldest for \(duration($0))" } ?? ""
    facts.add("waiting", Cell("\(queue.waiting)\(waits)"))
    facts.add("running", places(queue.running, of: queue.concurrencyLimit, overBy: queue.overBy))
    if queue.admittedPerSecond >= 0.05 { facts.add("of late", Cell(pace(of: queue))) }
    if queue.selection != .none { facts.add("devices", devices(of: queue)) }
    var settings = [
        ("concurrency_limit", limit(queue.concurrencyLimit)),
        ("max_size", limit(queue.maxSize)),
        ("max_wait", queue.maxWait.map(duration) ?? "none"),
    ]
    if queue.selection != .none || queue.origins["per_device_limit"] ?? .default != .default {
        settings.append(("per_device_limit", limit(queue.perDeviceLimit)))
    }
    for (key, value) in settings {
        facts.add(key, Cell("\(value)\(origin(of: key, in: queue.origins))"))
    }
    if let warning = queue.warning { facts.add("warning", Cell(warning, .warning)) }
    return facts.text(style) + "\n" + functionsText(reply.functions, style: style)
}

/// `all: gpu0, gpu1`, `gpu0; not there: gpu1`.
private func devices(of queue: Control.Queue) -> Cell {
    let there = queue.devices.joined(separator: ", ")
    let named = queue.selection == .all ? "all: \(there.isEmpty ? "there is none" : there)" : there
    guard !queue.missingDevices.isEmpty else {
        return Cell(named, queue.devices.isEmpty ? .warning : .plain)
    }
    let missing = "not there: \(queue.missingDevices.joined(separator: ", "))"
    return Cell(named.isEmpty ? missing : "\(named); \(missing)", .warning)
}

/// `8.4/s admitted, 8.1/s started; half waited 166ms or less, 99 of 100 1.3s`.
private func pace(of queue: Control.Queue) -> String {
    var text =
        "\(rate(queue.admittedPerSecond))/s admitted, \(rate(queue.startedPerSecond))/s started"
    guard let usual = queue.waitP50Seconds, let long = queue.waitP99Seconds else { return text }
    text += "; half waited \(duration(usual)) or less, 99 of 100 \(duration(long))"
    return text
}

/// Who said the value, where anybody did.
private func origin(of key: String, in origins: [String: Control.Origin]) -> String {
    origins[key].map { origin($0) } ?? ""
}

/// Who says a value, after it.
func origin(_ origin: Control.Origin) -> String {
    switch origin {
    case .override: " (set by an operator)"
    case .configuration: " (configuration)"
    case .declaration: " (declared by a worker)"
    case .default: " (default)"
    }
}

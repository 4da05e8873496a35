import SluiceWire

/// The daemon at a glance, and its queues.
func statusText(
    _ daemon: Control.Daemon, queues: [Control.Queue], style: Style
) -> String {
    let up = duration(daemon.uptimeSeconds)
    var facts = Facts(
        "sluiced \(daemon.version), \(daemon.hold.rawValue), up \(up), pid \(daemon.pid)",
        daemon.workersHung > 0 ? .warning : daemon.hold.tone)
    if let left = daemon.reclaimingSeconds {
        let text = "peers of before the restart, \(duration(left)) more; nothing starts meanwhile"
        facts.add("awaiting", Cell(text, .warning))
    }
    let bytes = "\(size(daemon.bytes)) of \(size(daemon.maxBytes))"
    let waiting = waiting(daemon.waiting, of: daemon.maxSize)
    facts.add("waiting", Cell("\(waiting.text) requests, \(bytes)", waiting.tone))
    facts.add("running", Cell("\(places(daemon.running, of: daemon.maxRunning).text) batches"))
    facts.add("workers", workersCell(daemon))
    if daemon.devices > 0 { facts.add("devices", devicesCell(daemon)) }
    facts.add("clients", Cell(daemon.clients))
    facts.add("outcomes", Cell(outcomesText(daemon.outcomes)))
    if let store = daemon.store { facts.add("stored", storeCell(store)) }
    return facts.text(style) + "\n" + queuesText(queues, style: style)
}

private func workersCell(_ daemon: Control.Daemon) -> Cell {
    guard daemon.workers > 0 else { return Cell("none attached", .warning) }
    guard daemon.workersHung > 0 else { return Cell(daemon.workers) }
    return Cell("\(daemon.workers), \(daemon.workersHung) hung", .bad)
}

func devicesCell(_ daemon: Control.Daemon) -> Cell {
    guard daemon.devicesCordoned > 0 else { return Cell(daemon.devices) }
    return Cell("\(daemon.devices), \(daemon.devicesCordoned) cordoned", .warning)
}

/// What is kept of detached requests, and what is wrong with that.
private func storeCell(_ store: Control.Store) -> Cell {
    guard store.state != .failed else {
        let reason = store.reason.map { ": \($0)" } ?? ""
        return Cell("detached requests cannot be kept\(reason)", .bad)
    }
    guard let requests = store.requests, let bytes = store.bytes else {
        return Cell("not known yet", .warning)
    }
    var text = requests == 1 ? "1 request" : "\(requests) requests"
    text += ", \(size(bytes)) of \(size(store.maxStoredBytes))"
    var objections: [String] = []
    // Above that new requests are refused.
    if bytes >= store.maxStoredBytes - store.maxStoredBytes / 16 { objections.append("full") }
    if store.state == .diskFull { objections.append("the disk is full") }
    if store.settling > 0 { objections.append("\(store.settling) settling") }
    guard !objections.isEmpty else { return Cell(text) }
    return Cell("\(text); \(objections.joined(separator: ", "))", .warning)
}

private func outcomesText(_ outcomes: Control.Outcomes) -> String {
    let counts = [
        (outcomes.completed, "completed"), (outcomes.failed, "failed"),
        (outcomes.cancelled, "cancelled"), (outcomes.expired, "expired"),
        (outcomes.rejected, "rejected"),
    ]
    let text = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return text.isEmpty ? "none yet" : text
}

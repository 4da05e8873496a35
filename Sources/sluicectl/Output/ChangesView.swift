import SluiceWire

/// What became of a change, so that nobody has to look twice.
func changesText(_ changes: [Control.Change], of target: Control.Target, style: Style) -> String {
    guard !changes.isEmpty else {
        return "\(target): no value in force changed.\n"
    }
    return changes.map { change in
        let new = style.paint(value(change.new, of: change.key), .strong)
        let old = value(change.old, of: change.key)
        let who = change.origin == .override ? "" : origin(change.origin)
        return visible("\(target): \(change.key) \(old) → ") + "\(new)\(who)\n"
    }.joined()
}

/// What became of a revert, and what it left alone.
func revertText(
    _ changes: [Control.Change], of target: Control.Target, hold: Control.Hold, style: Style
) -> String {
    let text = changesText(changes, of: target, style: style)
    guard hold != .running else { return text }
    let words = resumeWords(target)
    return text + visible("\(target) is still \(hold.rawValue): '\(words)' ends that.") + "\n"
}

private func resumeWords(_ target: Control.Target) -> String {
    switch target {
    case .daemon: "sluicectl resume --daemon"
    case .queue(let name): "sluicectl resume \(name)"
    case .function(let name): "sluicectl resume --function \(name)"
    case .worker(let id): "sluicectl resume --worker \(id)"
    }
}

/// A setting as a person writes it.
private func value(_ number: Double?, of key: String) -> String {
    guard let number else { return "none" }
    switch Control.SettingKey(rawValue: key)?.kind {
    case .duration: return duration(number)
    // What a newer daemon has may be anything; nearly all are counts.
    case .limit, .count, nil: return limit(Int(exactly: number.rounded()))
    }
}

/// One event a line, led by its time of day in UTC.
func eventText(_ event: Control.Event, style: Style) -> String {
    let moment = style.paint(timeOfDay(event.happenedAt), .faint)
    return "\(moment)  \(style.paint(Cell(event.message, event.kind.tone)))\n"
}

/// `21:04:09.250`: a day is known to whoever watches.
private func timeOfDay(_ moment: Double) -> String {
    // Nobody's clock says less than 1970, nor more than a Double counts to without gaps.
    guard (0...0x1p50).contains(moment * 1000) else { return "--:--:--.---" }
    let milliseconds = Int64((moment * 1000).rounded(.down)) % 86_400_000
    func digits(_ number: Int64, _ places: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, places - text.count)) + text
    }
    let seconds = milliseconds / 1000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { digits($0, 2) }
    return clock.joined(separator: ":") + "." + digits(milliseconds % 1000, 3)
}

extension Control.EventKind {
    fileprivate var tone: Cell.Tone {
        switch self {
        case .monitoring, .requestAdmitted, .requestGranted, .requestStarted, .requestReturned,
            .requestEnded:
            .plain
        case .workerAttached, .workerRecovered, .changed, .drained, .reclaimed, .reloaded,
            .storeUsable, .deviceFound, .deviceUncordoned:
            .good
        case .workerDetached, .limitsDisagree, .deviceCordoned, .held, .dropped, .storeFull:
            .warning
        case .workerLost, .workerHung, .functionPaused, .notRestored, .storeDamaged,
            .storeFailed:
            .bad
        }
    }
}

import SluiceWire

extension Control.Hold {
    var tone: Cell.Tone {
        switch self {
        case .running: .good
        case .paused, .draining: .warning
        }
    }

    /// In a table, where most rows are not held and need not say so.
    func cell(because reason: String? = nil) -> Cell {
        switch self {
        case .running: .nothing
        case .paused, .draining: Cell(phrase(because: reason), tone)
        }
    }

    func phrase(because reason: String?) -> String {
        guard let reason, self != .running else { return rawValue }
        return "\(rawValue): \(reason)"
    }
}

/// Running batches against their limit: `1/2`, `3/2, over by 1`, `4/none`.
func places(_ running: Int, of limit: Int?, overBy excess: Int = 0) -> Cell {
    let text = "\(running)/\(limit.map { String($0) } ?? "none")"
    return excess > 0 ? Cell("\(text), over by \(excess)", .warning) : Cell(text)
}

/// Waiting requests, against their limit where there is one.
func waiting(_ count: Int, of limit: Int?) -> Cell {
    guard let limit else { return Cell(count) }
    return Cell("\(count)/\(limit)", count >= limit ? .warning : .plain)
}

import SluiceWire

/// How far a drain is.
struct DrainStanding: Hashable {
    var waiting: Int
    var running: Int
    /// Draining, unless somebody took it back.
    var hold = Control.Hold.draining
    /// Where requests wait and nothing runs: why the oldest of them does not start.
    var oldest: Control.Explain.Reply?

    /// Of what is not there any more, which has nothing left to do.
    static let gone = DrainStanding(waiting: 0, running: 0)

    var isOver: Bool { waiting == 0 && running == 0 }

    /// What has to be done before anything moves; nil while things move by themselves.
    var obstacle: Control.Explain.Reply? {
        guard let oldest else { return nil }
        return switch oldest.blocker {
        case .daemonPaused, .queuePaused, .functionPaused, .noWorker, .workersHeld,
            .concurrencyLimit, .maxRunning, .device, .memory, .storeFull, .storeFailed:
            oldest
        case .reclaiming, .retryAlone, .workersBusy, .maxBatchDelay, .requestsAhead, .none: nil
        }
    }
}

/// What there is to say of a drain that is waited for: at first what it still has, and whenever it
/// changes what stands in its way; nil for nothing new.
func drainText(
    _ target: Control.Target, _ now: DrainStanding, before: DrainStanding?
) -> String? {
    var text = ""
    if before == nil {
        let waiting = "\(now.waiting) \(now.waiting == 1 ? "request waits" : "requests wait")"
        let running = "\(now.running) \(now.running == 1 ? "batch runs" : "batches run")"
        text += "waiting for \(target): \(waiting), \(running).\n"
    }
    if let obstacle = now.obstacle, obstacle.message != before?.obstacle?.message {
        text += "\(target) cannot finish: \(obstacle.message).\n"
        if let help = obstacle.help { text += "Try: \(help)\n" }
    }
    return text.isEmpty ? nil : visible(lines: text)
}

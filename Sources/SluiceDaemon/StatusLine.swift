import SluiceEngine
import SluiceModel

/// What `systemctl status` shows of the daemon, and when the manager is told.
///
/// Each turn notes a few numbers. Where they are others than those that were told, the manager
/// hears of it at once, but not again within a few seconds; then of what is true by then. So it
/// always knows how things stood last, a busy daemon does not keep it busy, and an idle one
/// sleeps. Numbers are compared, and words made only to be sent.
struct StatusLine {
    /// What the line says. Different figures are different words.
    struct Figures: Hashable {
        var load: Load
        /// Whether the configuration that was to be read last is wrong.
        var isReloadRefused = false
        /// Whether nothing is granted until peers took back what was theirs before the restart.
        var isReclaiming = false
    }

    /// Between two messages.
    static let pause = Duration.seconds(5)

    private var told: Figures?
    private var pauseEndsAt = Instant.distantPast
    /// When it wants to be noted again, whatever happens; nil: all is told.
    private(set) var nextDeadline: Instant?

    /// What to tell now; nil: nothing.
    mutating func note(_ figures: Figures, at now: Instant) -> String? {
        guard figures != told else {
            nextDeadline = nil
            return nil
        }
        guard pauseEndsAt <= now else {
            nextDeadline = pauseEndsAt
            return nil
        }
        pauseEndsAt = now + Self.pause
        return tell(figures)
    }

    /// What was to be told last could not be: it is due again after the pause.
    mutating func takeBack() {
        told = nil
        nextDeadline = pauseEndsAt
    }

    /// What to tell with other news, however long ago the last was.
    mutating func tell(_ figures: Figures) -> String {
        told = figures
        nextDeadline = nil
        return "\(figures)"
    }
}

extension StatusLine.Figures: CustomStringConvertible {
    var description: String {
        var parts: [String] = []
        if isReclaiming { parts.append("awaiting peers of before the restart") }
        if let hold { parts.append(hold) }
        parts.append(work.map { "\(staff): \($0)" } ?? staff)
        if isReloadRefused { parts.append("the last reload was refused, see the journal") }
        return parts.joined(separator: "; ")
    }

    private var hold: String? {
        switch load.hold {
        case .running: nil
        case .paused: "paused"
        case .draining: load.waiting == 0 && load.running == 0 ? "drained" : "draining"
        }
    }

    private var staff: String {
        let queues = count(load.queues, "queue", none: "no queues")
        let workers = count(load.workers, "worker", none: "no workers attached")
        guard load.hungWorkers > 0 else { return "\(queues), \(workers)" }
        return "\(queues), \(workers) (\(load.hungWorkers) hung)"
    }

    /// Nil where nobody would do any.
    private var work: String? {
        guard load.waiting > 0 || load.running > 0 else {
            return load.workers == 0 ? nil : "idle"
        }
        return "\(load.waiting) waiting, \(load.running) running"
    }
}

private func count(_ number: Int, _ thing: String, none: String) -> String {
    switch number {
    case 0: none
    case 1: "1 \(thing)"
    default: "\(number) \(thing)s"
    }
}

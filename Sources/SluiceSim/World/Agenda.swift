import SluiceEngine
import SluiceModel

/// What the world has promised itself to do later.
struct Agenda {
    enum Intent {
        case clientActs(Int)
        case workerActs(Int)
        case operatorActs
        /// A worker is attached in place of one that is gone.
        case workerReturns(Int)
        /// A client and a worker are back after a restart of the daemon.
        case clientReconnects(ClientID)
        /// A client is back that had gone out by itself.
        case clientReturns(ClientID)
        case workerReconnects(Int)
        /// The worker goes on with one item it has in hand.
        case itemGoesOn(worker: Int, GrantID, item: Int)
        /// An effect reaches the worker it was for.
        case arrives(worker: Int, Effect)
        /// The process is gone, whatever it has in hand.
        case workerDies(Int)
        /// The store does the next of what that life of the daemon asked of it.
        case storeWorks(life: Int)
        /// Devices go, come, fail and heat up.
        case devicesAct
        case samplerLooks
    }

    private var entries: [(due: Instant, intent: Intent)] = []

    /// Kept in descending order, so that the next one is the last: agendas are short.
    var nextDue: Instant? { entries.last?.due }

    mutating func add(_ intent: Intent, at due: Instant) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            // Of two that are due together the one promised first is done first.
            if entries[middle].due > due { low = middle + 1 } else { high = middle }
        }
        entries.insert((due, intent), at: low)
    }

    /// Takes out what is on its way to workers, in order.
    mutating func takeArrivals() -> [(worker: Int, effect: Effect)] {
        var arrivals: [(worker: Int, effect: Effect)] = []
        for entry in entries.reversed() {
            guard case .arrives(let worker, let effect) = entry.intent else { continue }
            arrivals.append((worker, effect))
        }
        entries.removeAll { if case .arrives = $0.intent { true } else { false } }
        return arrivals
    }

    mutating func take(dueBy now: Instant) -> Intent? {
        guard let last = entries.last, last.due <= now else { return nil }
        return entries.removeLast().intent
    }
}

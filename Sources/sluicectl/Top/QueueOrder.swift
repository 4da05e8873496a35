import SluiceWire

/// How the rows are sorted; names decide between equals, so that no row moves without a reason.
enum QueueOrder: String, CaseIterable {
    case name, waiting, running, started, wait, oldest

    var next: QueueOrder {
        let all = Self.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[(place + 1) % all.count]
    }

    func precedes(_ a: Control.Queue, _ b: Control.Queue) -> Bool {
        let (left, right) = (key(a), key(b))
        return left == right ? a.concurrencyID < b.concurrencyID : left > right
    }

    /// The largest stands first.
    private func key(_ queue: Control.Queue) -> Double {
        switch self {
        case .name: 0
        case .waiting: Double(queue.waiting)
        case .running: Double(queue.running)
        case .started: queue.startedPerSecond
        case .wait: queue.waitP99Seconds ?? -1
        case .oldest: queue.oldestWaitingSeconds ?? -1
        }
    }
}

import SluiceEngine
import SluiceModel

/// Who asked and waits is told the rank, truly: when admitted, and again when it has changed, at
/// most twice a second, and within the daemon's budget.
struct StatusRule: Rule {
    static let name = "status"

    private static let pause = Duration.milliseconds(500)

    private struct Watch {
        var sent: Status?
        var times: [Instant] = []
        /// Since when what was sent is not true any more, or nothing was sent.
        var staleSince: Instant?
    }

    private var watches: [RequestID: Watch] = [:]
    private var sent: [(request: RequestID, status: Status)] = []
    /// When a status was sent to anybody, within the last second.
    private var recent: [Instant] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        sent.removeAll(keepingCapacity: true)
        let now = model.now
        if let oldest = recent.first, now - oldest >= .seconds(1) {
            recent.removeAll { now - $0 >= .seconds(1) }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .status(let client, let number, let status) = effect else { return }
        recent.append(model.now)
        guard let id = model.numbers[Model.Key(client: client, number: number)] else { return }
        sent.append((id, status))
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        // Judged when all is decided: what a status says must hold when it is sent.
        for (id, status) in sent { check(status, of: id, model, &findings) }
        let budget = model.configuration.daemon.statusBudget
        let isSpent = recent.count >= budget
        if recent.count > budget {
            findings.add(Self.self, "\(recent.count) in a second, and the budget is \(budget)")
        }
        for id in watches.keys where model.requests[id]?.wantsStatus != true {
            watches[id] = nil
        }
        for request in model.requests.values where request.wantsStatus && request.isWaiting {
            checkFreshness(of: request, isSpent, model, nextDeadline, &findings)
        }
    }

    private mutating func check(
        _ status: Status, of id: RequestID, _ model: Model, _ findings: inout Findings
    ) {
        guard let request = model.requests[id], request.isWaiting else {
            return findings.add(Self.self, "\(id) got a status and does not wait")
        }
        let queue = model.functions[request.function].queue
        let rank = model.waiting(in: queue, before: id)
        let waiting = model.waiting(in: queue)
        if status.rank != rank || status.waiting != waiting {
            findings.add(
                Self.self, "\(id) was told \(status.rank) of \(status.waiting),"
                    + " and is \(rank) of \(waiting)")
        }
        if status.held, status.eta != nil {
            findings.add(Self.self, "\(id) is held and was told when it will be done")
        }
        var watch = watches[id] ?? Watch()
        watch.times = watch.times.suffix(2) + [model.now]
        if watch.times.count == 3, watch.times[2] - watch.times[0] < .seconds(1) {
            findings.add(Self.self, "\(id) was told three times in a second")
        }
        watch.sent = status
        watches[id] = watch
    }

    private mutating func checkFreshness(
        of request: Model.Request, _ isSpent: Bool, _ model: Model, _ nextDeadline: Instant?,
        _ findings: inout Findings
    ) {
        let queue = model.functions[request.function].queue
        var watch = watches[request.id] ?? Watch()
        defer { watches[request.id] = watch }
        guard watch.sent?.rank != model.waiting(in: queue, before: request.id) else {
            watch.staleSince = nil
            return
        }
        // A first status owed is owed at once, a fresher one when both waits are over.
        let since = watch.staleSince ?? model.now
        watch.staleSince = since
        let due = watch.times.last.map { max($0, since) + Self.pause } ?? since
        guard !isSpent else {
            watch.staleSince = model.now
            return
        }
        if due <= model.now {
            findings.add(Self.self, "\(request.id) was not told its new rank")
        } else if nextDeadline ?? .distantFuture > due {
            findings.add(Self.self, "sleeps on though \(request.id) has a new rank")
        }
    }
}

import SluiceEngine
import SluiceModel

/// Who asked and waits is told the rank, truly: when admitted, and again when it has changed, at
/// most twice a second, and within the daemon's budget.
struct StatusRule: Rule {
    static let name = "status"

    /// How long news may take: somebody else's may have been told just before, which began the
    /// half second that all of the queue wait, and may have come too early for this one by a
    /// little, which makes it two; and the daemon may wake late for each.
    private static let pause = Duration.milliseconds(1_500)
    /// Below this nothing is said about how long news takes, only about how much there is of it.
    private static let ampleBudget = 1_000

    private struct Watch {
        var sent: Status?
        var times: [Instant] = []
        /// Since when what was sent is not true any more, or nothing was sent.
        var staleSince: Instant?
    }

    private var watches: [RequestID: Watch] = [:]
    /// Since when one of several who listen to the same wants to know.
    private var asking: [Model.Key: Instant] = [:]
    private var sent: [(request: RequestID, status: Status)] = []
    /// When news was sent to anybody, within the last second. The first status a client asks for
    /// is part of the answer to it, and not news.
    private var recent: [Instant] = []
    private var budget = 0

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        sent.removeAll(keepingCapacity: true)
        let now = model.now
        for key in model.detached.askers { asking[key] = asking[key] ?? now }
        if budget != model.configuration.daemon.statusBudget {
            budget = model.configuration.daemon.statusBudget
            recent.removeAll()
        }
        if let oldest = recent.first, now - oldest >= .seconds(1) {
            recent.removeAll { now - $0 >= .seconds(1) }
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .status(let client, let number, let status) = effect else { return }
        guard let id = model.requestID(of: Model.Key(client: client, number: number)) else {
            return
        }
        asking[Model.Key(client: client, number: number)] = nil
        // All who listen are told the same: it is judged, and counted, once.
        guard !sent.contains(where: { $0.request == id && $0.status == status }) else { return }
        sent.append((id, status))
        if watches[id]?.sent != nil, !model.rewatched.contains(id) { recent.append(model.now) }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        // Judged when all is decided: what a status says must hold when it is sent.
        for (id, status) in sent { check(status, of: id, model, &findings) }
        if recent.count > budget {
            findings.add(Self.self, "\(recent.count) in a second, and the budget is \(budget)")
        }
        forget(model)
        checkAsking(model, &findings)
        for request in model.requests.values where request.wantsStatus {
            guard request.isWaiting, !request.told.isEmpty else {
                watches[request.id]?.staleSince = nil
                continue
            }
            checkFreshness(of: request, model, nextDeadline, &findings)
        }
    }

    private mutating func checkAsking(_ model: Model, _ findings: inout Findings) {
        for (key, since) in asking {
            guard let id = model.detached.listening[key], let request = model.requests[id],
                request.isWaiting, request.wantsStatus
            else {
                asking[key] = nil
                continue
            }
            // Each may have to wait for what the one before was told.
            guard budget >= Self.ampleBudget, since + Self.pause * 2 <= model.now else { continue }
            findings.add(Self.self, "\(key) was not told the rank of \(id), which it asked for")
        }
    }

    /// Who stops asking and asks again is told anew, and no more often for that.
    private mutating func forget(_ model: Model) {
        for id in watches.keys {
            guard let request = model.requests[id] else {
                watches[id] = nil
                continue
            }
            if !request.wantsStatus {
                watches[id]?.sent = nil
                watches[id]?.staleSince = nil
            }
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
                Self.self,
                "\(id) was told \(status.rank) of \(status.waiting),"
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
        of request: Model.Request, _ model: Model, _ nextDeadline: Instant?,
        _ findings: inout Findings
    ) {
        let queue = model.functions[request.function].queue
        var watch = watches[request.id] ?? Watch()
        defer { watches[request.id] = watch }
        guard budget >= Self.ampleBudget,
            watch.sent?.rank != model.waiting(in: queue, before: request.id)
        else {
            watch.staleSince = nil
            return
        }
        // Who was just admitted is told at once, who knows something already when it is time.
        let since = watch.staleSince ?? model.now
        watch.staleSince = since
        let isNew = watch.times.isEmpty && model.newcomers.contains(request.id)
        let due =
            isNew ? since : max(since, watch.times.last ?? .distantPast) + Self.pause
        if due <= model.now {
            findings.add(Self.self, "\(request.id) was not told its new rank")
        } else if nextDeadline ?? .distantFuture > due {
            findings.add(Self.self, "sleeps on though \(request.id) has a new rank")
        }
    }
}

import SluiceEngine
import SluiceModel

/// What is due ends in the first turn at or after its time, and the engine asks to be woken in
/// time for all that is due: never later than that, and never for a moment that is over. Where
/// there is nothing to wait for it may be woken by a timer nobody needs any more, but not polled.
struct DeadlineRule: Rule {
    static let name = "deadlines"

    private var owed: Set<RequestID> = []
    private var isEventful = false
    /// When it asked to be woken, and how often that was for nothing.
    private var asked = Instant.distantFuture
    private var vainTurns = 0

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        isEventful = model.hadEvents
        owed.removeAll(keepingCapacity: true)
        for case .outcome(let ending) in model.duties where ending.codes[0].outcome == .expired {
            owed.insert(ending.request)
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        isEventful = true
        guard case .outcome(_, _, let conclusion) = effect else { return }
        owed.remove(conclusion.request)
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for id in owed.sorted() { findings.add(Self.self, "\(id) is overdue") }
        // At once, where what found no room may have held others up.
        let mayGoOn = model.hasFoundNoRoom && !model.equipment.devices.isEmpty
        let earliestWake = mayGoOn ? model.now : model.now + .nanoseconds(1)
        if let nextDeadline, nextDeadline < earliestWake {
            findings.add(Self.self, "asks to be woken in the past")
        }
        let isIdle =
            !isEventful && model.requests.isEmpty && model.grants.isEmpty && model.detached.isEmpty
        if !isIdle { vainTurns = 0 }
        if isIdle, asked <= model.now, nextDeadline != nil { vainTurns += 1 }
        asked = nextDeadline ?? .distantFuture
        if vainTurns > 1 + model.functions.count + 3 * model.equipment.devices.count {
            findings.add(Self.self, "asks to be woken again and again, for nothing")
        }
        let (due, what) = earliest(model)
        guard due < nextDeadline ?? .distantFuture else { return }
        findings.add(
            Self.self,
            "sleeps until \(String(describing: nextDeadline)); \(what) is due \(due.nanoseconds)")
    }

    private func earliest(_ model: Model) -> (Instant, String) {
        var earliest = (Instant.distantFuture, "nothing")
        func consider(_ due: Instant?, _ what: @autoclosure () -> String) {
            guard let due, due < earliest.0, due > model.now else { return }
            earliest = (due, what())
        }
        for request in model.requests.values {
            consider(request.deadline, "the deadline of \(request.id)")
            consider(request.queueDue, "the queue_timeout of \(request.id)")
            consider(request.execDue, "the exec_timeout of \(request.id)")
        }
        for (id, settling) in model.detached.settling {
            consider(settling.retryBy, "the outcome of \(id), to be offered again")
        }
        for next in model.nextOfDevices { consider(next.due, next.what) }
        consider(model.gathering.endsAt, "the end of the window")
        for grant in model.grants.values { consider(grant.hangsAt, "the hanging of a worker") }
        guard model.maxRunning.allows(oneMoreThan: model.running), model.hold == .running,
            !model.isGathering
        else {
            return earliest
        }
        for (index, function) in model.functions.enumerated() {
            guard let head = function.line.first, function.hold == .running,
                model.queues[function.queue].hold == .running, model.hasPlace(function.queue),
                model.hasWorker(
                    for: Candidate(request: head, function: index, isSuspect: false))
            else { continue }
            consider(model.ripeAt(index, head: head), "the max_batch_delay of \(head)")
        }
        return earliest
    }
}

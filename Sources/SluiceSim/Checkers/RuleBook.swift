import SluiceEngine
import SluiceModel

/// All rules, and the model they judge by.
struct RuleBook {
    private(set) var model = Model()
    private var rules: [any Rule] = [
        AdmissionRule(), OutcomeRule(), ReportRule(), AnswerRule(), RevocationRule(), ReplyRule(),
        PlaceRule(), OrderRule(), CompanyRule(), IdlenessRule(), BodyRule(), DeadlineRule(),
        StatusRule(), NoticeRule(), ReclaimRule(), StoreRule(), ListenerRule(), PlacementRule(),
        MemoryRule(), LeaseRule(), CordonRule(), PromiseRule(), SampleRule(),
    ]
    /// A grant whose items are still to come.
    private var unfinished: NewGrant?

    /// - Parameter last: the highest number that an engine before this one may have given.
    init(after last: RequestID = RequestID(rawValue: 0)) {
        model.gathering.last = last
        model.highest = last
    }

    /// Judges one turn.
    mutating func judge(
        _ events: [Event], at now: Instant, _ effects: [Effect], nextDeadline: Instant?
    ) -> [Violation] {
        var findings = Findings()
        model.begin(events, at: now, leadingTo: effects)
        for index in rules.indices { rules[index].begin(model, &findings) }
        for effect in effects { see(effect, &findings) }
        if let unfinished { findings.add("grants", "grant \(unfinished.id) lacks items") }
        unfinished = nil
        for index in rules.indices {
            rules[index].end(model, nextDeadline: nextDeadline, &findings)
        }
        return findings.violations
    }

    private mutating func see(_ effect: Effect, _ findings: inout Findings) {
        for index in rules.indices { rules[index].see(effect, model, &findings) }
        switch effect {
        case .grant(let worker, let id, let function, let count, let devices):
            if let unfinished { findings.add("grants", "grant \(unfinished.id) lacks items") }
            unfinished = NewGrant(
                worker: worker, id: id, function: function, count: count, devices: devices)
        case .item(let worker, let id, let index, let request, let attempt, let body):
            guard var grant = unfinished, grant.id == id, grant.worker == worker,
                index == grant.items.count, index < grant.count
            else {
                return findings.add("grants", "item \(index) of \(id) does not follow its grant")
            }
            grant.items.append((request, attempt, body))
            unfinished = grant.items.count == grant.count ? nil : grant
            if unfinished == nil { see(grant, &findings) }
        default:
            model.take(effect)
        }
    }

    private mutating func see(_ grant: NewGrant, _ findings: inout Findings) {
        for index in rules.indices { rules[index].see(grant, model, &findings) }
        model.take(grant)
    }
}

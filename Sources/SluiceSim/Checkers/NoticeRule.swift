import SluiceEngine
import SluiceModel

/// What operators and monitors read is so: workers come, go and hang when they do, and a
/// request's life is told only to those who want to hear it.
struct NoticeRule: Rule {
    static let name = "notices"

    /// Workers that were reported as hung and did not recover.
    private var hung: Set<WorkerID> = []

    /// Departures told in this turn.
    private var said = 0
    /// Whether the end of the gathering was told in this turn.
    private var hasToldEnd = false
    /// The last value told in this turn of each key.
    private var changes: [Model.Place: SettingValue] = [:]
    /// What was told to have been in force before.
    private var origins: [Model.Place: SettingValue] = [:]

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        said = 0
        hasToldEnd = false
        changes.removeAll(keepingCapacity: true)
        origins.removeAll(keepingCapacity: true)
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .notice(let notice) = effect else { return }
        switch notice {
        case .workerHung(let worker, _):
            if !hung.insert(worker).inserted {
                findings.add(Self.self, "\(worker) is hung already")
            }
        case .workerRecovered(let worker, _):
            if hung.remove(worker) == nil {
                findings.add(Self.self, "\(worker) recovered from nothing")
            }
        case .workerLost(let worker, _, let unanswered):
            gone(worker, leaving: unanswered, model, &findings)
        case .workerDetached(let worker, _):
            gone(worker, leaving: nil, model, &findings)
        case .request(let id, _, _, _):
            if !model.isObserved {
                findings.add(Self.self, "\(id) is talked about to nobody")
            }
        case .drained(let target):
            if !model.drains.contains(target) || !model.isDrained(target) {
                findings.add(Self.self, "\(target) is not drained, or it was said before")
            }
        case .notRestored:
            findings.add(Self.self, "a kept change is refused that this world never made wrong")
        case .changed(let target, let change, _):
            if change.old == change.new {
                findings.add(Self.self, "\(target): \(change.key) changed to what it was")
            }
            changes[Model.Place(target: target, key: change.key)] = change.new
            origins[Model.Place(target: target, key: change.key)] = change.old
        case .reclaimed(let requests, let grants, let unclaimed):
            hasToldEnd = true
            guard model.gathering.told != [requests, grants, unclaimed] else { return }
            findings.add(Self.self, "\(notice) is told of \(model.gathering.told)")
        case .workerAttached, .functionPaused, .limitsDisagree, .held, .deviceFound,
            .deviceCordoned, .deviceUncordoned:
            break
        }
    }

    private mutating func gone(
        _ worker: WorkerID, leaving unanswered: Int?, _ model: Model, _ findings: inout Findings
    ) {
        said += 1
        guard model.goneWorkers[worker] != .some(unanswered) else { return }
        findings.add(
            Self.self, "\(worker) is said to have left \(String(describing: unanswered))")
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        for worker in model.workers where model.isHung(worker) != hung.contains(worker.id) {
            findings.add(Self.self, "\(worker.id) hangs or does not, and it was not said")
        }
        for target in model.drains where model.isDrained(target) {
            findings.add(Self.self, "\(target) is drained and it was not said")
        }
        // With one event there is one truth: of several, a later one may have changed it again
        // without its being news, as the first declaration of a function does.
        for (place, value) in changes where model.settingEvents == 1 {
            // What is gone by the end of the turn has no value.
            guard let inForce = model.value(at: place), inForce != value else { continue }
            findings.add(Self.self, "\(place) is \(inForce), and \(value) was said")
        }
        for place in model.commandedPlaces where model.settingEvents == 1 {
            guard let before = model.valuesBefore[place], let now = model.value(at: place),
                before != now
            else { continue }
            if origins[place] != before {
                findings.add(
                    Self.self, "\(place) was \(before) and is \(now), and it was not said")
            }
        }
        if !model.gathering.told.isEmpty, !hasToldEnd {
            findings.add(Self.self, "everybody is back or late, and it was not said")
        }
        if said != model.goneWorkers.count {
            findings.add(Self.self, "\(said) of \(model.goneWorkers.count) departures were told")
        }
        guard !hung.isEmpty else { return }
        hung = hung.filter { model.workerIndex($0) != nil }
    }
}

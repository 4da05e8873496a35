import SluiceEngine
import SluiceModel

/// Nothing starts over a limit: a batch takes one place of its queue and one of the daemon, and
/// one slot of its worker, from the grant until its last item is answered or its worker is gone,
/// whatever was cancelled in between. And nothing starts that an operator holds.
struct PlaceRule: Rule {
    static let name = "places"

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let function = model.functionIndex(grant.function) else {
            return findings.add(Self.self, "\(grant.id) is of an unknown function")
        }
        let queue = model.functions[function].queue
        let name = model.queues[queue].name
        let limit = model.concurrencyLimit(of: queue)
        if !limit.allows(oneMoreThan: model.queues[queue].running) {
            findings.add(
                Self.self,
                "\(grant.id) starts though \(name) runs \(model.queues[queue].running)/\(limit)")
        }
        if !model.maxRunning.allows(oneMoreThan: model.running) {
            findings.add(
                Self.self,
                "\(grant.id) starts though \(model.running)/\(model.maxRunning) run in all")
        }
        if [model.hold, model.queues[queue].hold, model.functions[function].hold]
            .contains(.paused)
        {
            findings.add(Self.self, "\(grant.id) starts though \(grant.function) is held")
        }
        checkWorker(grant, function, model, &findings)
    }

    private func checkWorker(
        _ grant: NewGrant, _ function: Int, _ model: Model, _ findings: inout Findings
    ) {
        guard let index = model.workerIndex(grant.worker) else {
            return findings.add(Self.self, "\(grant.id) goes to a worker that is gone")
        }
        let worker = model.workers[index]
        if worker.grants.count >= worker.slots {
            findings.add(
                Self.self,
                "\(grant.id) goes to \(worker.id) with \(worker.grants.count)/\(worker.slots)")
        }
        if !worker.functions.contains(function) {
            findings.add(Self.self, "\(worker.id) does not serve \(grant.function)")
        }
        if worker.hold != .running {
            findings.add(Self.self, "\(grant.id) goes to \(worker.id), which is \(worker.hold)")
        }
        if model.isHung(worker) {
            findings.add(Self.self, "\(grant.id) goes to \(worker.id), which hangs")
        }
    }
}

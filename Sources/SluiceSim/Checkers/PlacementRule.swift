import SluiceEngine
import SluiceModel

/// A batch of a queue that is bound to devices holds a place on as many as it needs, all at once:
/// different ones of the queue, none of them cordoned or full or had by somebody alone. A worker
/// that has devices runs there, and no other worker is told any for a queue that is not bound.
struct PlacementRule: Rule {
    static let name = "placement"

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let function = model.functionIndex(grant.function),
            let index = model.workerIndex(grant.worker)
        else { return }
        let worker = model.workers[index]
        if worker.isDismissed {
            findings.add(Self.self, "\(grant.id) goes to \(worker.id), which has to go")
        }
        if !model.isKnownToRun(worker, function) {
            findings.add(
                Self.self, "\(grant.id) goes to \(worker.id), which runs it wherever it likes")
        }
        let lease = model.lease(of: worker)
        if lease != nil, !grant.devices.isEmpty {
            findings.add(Self.self, "\(grant.id) names devices to \(worker.id), which has its own")
        }
        let names = lease?.devices ?? grant.devices
        guard let choice = model.choice(function, on: worker) else {
            guard !names.isEmpty else { return }
            return findings.add(Self.self, "\(grant.id) is bound to \(names), and its queue is not")
        }
        let isRight = lease == nil ? names.count == choice.needed : names.count >= choice.needed
        if !isRight || Set(names).count != names.count {
            findings.add(Self.self, "\(grant.id) runs on \(names), and needs \(choice.needed)")
        }
        let want = model.want(function, on: worker)
        for name in names {
            guard let device = choice.devices.first(where: { $0.name == name }) else {
                findings.add(Self.self, "\(grant.id) runs on \(name), which is not its queue's")
                continue
            }
            switch model.hindrance(want, on: device) {
            case nil, .memory: break
            case let hindrance?:
                findings.add(Self.self, "\(grant.id) runs on \(name) in spite of: \(hindrance)")
            }
        }
    }
}

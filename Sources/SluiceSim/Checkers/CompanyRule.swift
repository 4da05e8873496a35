import SluiceEngine
import SluiceModel

/// After a death the suspects run in smaller company: only with others of the same lost batch,
/// at most half of them together, and with nothing else in the process. A batch that did not fit
/// into memory comes back smaller, and the next ones are smaller too. Attempts are counted
/// right, and only a request that died alone too often, or must not run twice, fails of it.
struct CompanyRule: Rule {
    static let name = "company"

    /// Grants after which a size that did not fit may be tried again.
    private static let memory = 30

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        var origins: Set<GrantID?> = []
        for item in grant.items {
            guard let request = model.requests[item.request] else { continue }
            origins.insert(request.suspectOf)
            if item.attempt != request.given + 1 {
                findings.add(
                    Self.self,
                    "\(request.id) is given as attempt \(item.attempt), not \(request.given + 1)")
            }
            if item.body != request.body {
                findings.add(Self.self, "\(request.id) is given with another body")
            }
            if grant.items.count > request.company {
                findings.add(
                    Self.self,
                    "\(request.id) runs with \(grant.items.count), at most \(request.company)")
            }
        }
        if let function = model.functionIndex(grant.function),
            let tooLarge = model.functions[function].tooLarge, tooLarge.size > 1,
            tooLarge.since < Self.memory, grant.items.count >= tooLarge.size
        {
            findings.add(
                Self.self, "\(grant.id) has \(grant.items.count), which did not fit lately")
        }
        checkDevices(grant, model, &findings)
        let isAlone = origins != [nil]
        if origins.count > 1 {
            findings.add(Self.self, "\(grant.id) mixes suspects with others")
        }
        guard let index = model.workerIndex(grant.worker) else { return }
        let beside = model.workers[index].grants
        if isAlone ? !beside.isEmpty : beside.contains(where: { model.grants[$0]?.isAlone == true })
        {
            findings.add(Self.self, "\(grant.id) shares \(grant.worker) with a suspect's batch")
        }
    }

    /// The same for what did not fit on one of the devices.
    private func checkDevices(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let function = model.functionIndex(grant.function),
            let worker = model.workerIndex(grant.worker)
        else { return }
        for device in model.lease(of: model.workers[worker])?.devices ?? grant.devices {
            guard let known = model.functions[function].tooLargeOn[device], known.size > 1,
                known.since < Self.memory, grant.items.count >= known.size
            else { continue }
            findings.add(
                Self.self,
                "\(grant.id) has \(grant.items.count), which did not fit on \(device) lately")
        }
    }

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        for name in model.wrongPauses {
            findings.add(
                Self.self, "\(name) was paused for dead workers too early, or not at all")
        }
    }
}

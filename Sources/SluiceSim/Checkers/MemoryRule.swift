import SluiceEngine
import SluiceModel

/// Memory is reserved, not hoped for: what owners were promised, or have taken where that is
/// more, what strangers have, and the reserve are together no more than there is. But a worker
/// that grows by nothing may go on where only the reserve is short, with one request.
struct MemoryRule: Rule {
    static let name = "memory"

    mutating func see(_ grant: NewGrant, _ model: Model, _ findings: inout Findings) {
        guard let function = model.functionIndex(grant.function),
            let index = model.workerIndex(grant.worker)
        else { return }
        let worker = model.workers[index]
        let want = model.want(function, on: worker)
        for name in model.lease(of: worker)?.devices ?? grant.devices {
            guard let device = model.equipment.device(name) else { continue }
            let parts = model.parts(of: device)
            let committed = (parts[want.owner]?.committed ?? 0) + want.weights
            let one = committed + want.perItem
            let all = committed + want.perItem * grant.items.count
            let isExcepted = grant.items.count == 1 || want.perItem == 0
            let room = model.room(for: want.owner, on: device, parts) ?? .max
            guard model.fits(one, of: want.owner, on: device, parts), all <= room || isExcepted
            else {
                findings.add(
                    Self.self,
                    "\(grant.id) makes it \(all) bytes of \(want.owner) on \(name), with room for"
                        + " \(room)")
                continue
            }
        }
    }
}

import SluiceEngine
import SluiceModel

/// A worker is told, once, to stop with what nobody waits for any more, and never to stop with
/// anything else: cancelling one request never touches another.
struct RevocationRule: Rule {
    static let name = "revocation"

    private struct Item: Equatable {
        let worker: WorkerID
        let grant: GrantID
        let item: Int
    }

    private var owed: [Item] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        for case .revoke(let worker, let grant, let item) in model.duties {
            owed.append(Item(worker: worker, grant: grant, item: item))
        }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .revoke(let worker, let grant, let item) = effect else { return }
        guard let item else { return seeWhole(worker, grant, model, &findings) }
        let revoked = Item(worker: worker, grant: grant, item: item)
        guard let index = owed.firstIndex(of: revoked) else {
            return findings.add(Self.self, "\(revoked) was revoked without a reason, or twice")
        }
        owed.remove(at: index)
    }

    private mutating func seeWhole(
        _ worker: WorkerID, _ id: GrantID, _ model: Model, _ findings: inout Findings
    ) {
        if let grant = model.grants[id], !grant.isUnwanted {
            findings.add(Self.self, "all of \(id) was revoked, and somebody waits for some of it")
        }
        owed.removeAll { $0.worker == worker && $0.grant == id }
    }

    mutating func end(
        _ model: Model, nextDeadline: Instant?, _ findings: inout Findings
    ) {
        // A worker that went in the same turn need not be told.
        for item in owed where model.workerIndex(item.worker) != nil {
            findings.add(Self.self, "\(item) was not revoked")
        }
    }
}

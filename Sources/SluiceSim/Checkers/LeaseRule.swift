import SluiceEngine
import SluiceModel

/// Who asks for devices gets all of them at once, in the order of asking, never one that somebody
/// older waits for, never one that another has alone or where there is no room; and waits for
/// nothing. Who comes back has its own again. A lease ends with the process and not before.
struct LeaseRule: Rule {
    static let name = "leases"

    private var owed: [(worker: WorkerID, devices: [String])] = []

    mutating func begin(_ model: Model, _ findings: inout Findings) {
        owed.removeAll(keepingCapacity: true)
        for case .bound(let worker, let devices) in model.duties { owed.append((worker, devices)) }
    }

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        guard case .bound(let worker, let names, let environment) = effect else { return }
        if let index = owed.firstIndex(where: { $0.worker == worker && $0.devices == names }) {
            owed.remove(at: index)
            guard !environment.isEmpty else { return }
            return findings.add(Self.self, "\(worker) is told what it has in its environment")
        }
        let applicants = model.equipment.applicants
        guard let position = applicants.firstIndex(where: { $0.worker == worker }) else {
            return findings.add(Self.self, "\(worker) gets \(names), and did not ask or has some")
        }
        let applicant = applicants[position]
        if !model.mayLease { findings.add(Self.self, "\(worker) gets \(names) too early") }
        if names.count != applicant.request.count || Set(names).count != names.count {
            findings.add(
                Self.self, "\(worker) gets \(names) and asked for \(applicant.request.count)")
        }
        if !model.areSeen(model.suitable(for: applicant.request)) {
            findings.add(Self.self, "\(worker) gets \(names), and nobody looked before")
        }
        if !environment.contains("SLUICE_DEVICES=\(names.sorted().joined(separator: ","))") {
            findings.add(Self.self, "\(worker) is not told to set its devices: \(environment)")
        }
        for name in names {
            guard let device = model.equipment.device(name), model.isFree(device, for: applicant),
                model.candidates(for: applicant.request).contains(where: { $0.name == name })
            else {
                findings.add(Self.self, "\(worker) gets \(name), which is not to be had")
                continue
            }
            for older in applicants.prefix(position)
            where model.suitable(for: older.request).contains(where: { $0.name == name }) {
                findings.add(
                    Self.self, "\(worker) gets \(name), and \(older.worker) waits for longer")
            }
        }
    }

    mutating func end(_ model: Model, nextDeadline: Instant?, _ findings: inout Findings) {
        // A worker that went in the same turn need not be told.
        for owed in owed where model.workerIndex(owed.worker) != nil {
            findings.add(Self.self, "\(owed.worker) was not told that it has \(owed.devices)")
        }
        guard model.mayLease else { return }
        var wanted: Set<String> = []
        for applicant in model.equipment.applicants {
            let candidates = model.suitable(for: applicant.request)
            let areSeen = model.areSeen(candidates)
            let free = candidates.filter {
                areSeen && !wanted.contains($0.name) && model.isFree($0, for: applicant)
            }
            if free.count >= applicant.request.count {
                findings.add(
                    Self.self, "\(applicant.worker) waits, and \(free.map(\.name)) are free")
            }
            wanted.formUnion(candidates.map(\.name))
        }
    }
}

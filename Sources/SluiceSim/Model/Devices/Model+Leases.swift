import SluiceEngine
import SluiceModel

// Who has devices for as long as its process lives, and who waits for some.

extension Model {
    mutating func ask(_ request: LeaseRequest, by id: WorkerID) {
        guard let index = workerIndex(id) else { return }
        let worker = workers[index]
        let other = equipment.leases[worker.owner]?.worker
        let isWrong =
            equipment.applicants.contains { $0.worker == id } || other == id
            || !worker.functions.isEmpty || (other != nil && !request.isHeld)
        guard !isWrong else { return duties.append(.dismissal(id)) }
        if request.isHeld { return take(back: request, of: id) }
        endLease(of: worker.owner)
        equipment.applicants.append(
            Equipment.Applicant(
                worker: id, owner: worker.owner, request: request, after: highest))
    }

    mutating func take(back request: LeaseRequest, of id: WorkerID) {
        guard let index = workerIndex(id) else { return }
        let worker = workers[index]
        let areThere =
            !request.devices.isEmpty && request.devices.allSatisfy { equipment.device($0) != nil }
        guard areThere else {
            guard !equipment.areKnown else { return duties.append(.dismissal(id)) }
            return equipment.applicants.append(
                Equipment.Applicant(
                    worker: id, owner: worker.owner, request: request, after: highest))
        }
        if let earlier = equipment.leases[worker.owner]?.worker.flatMap({ workerIndex($0) }) {
            // A process has one connection: nothing more is given to the other.
            if !workers[earlier].isDismissed {
                workers[earlier].isDismissed = true
                duties.append(.dismissal(workers[earlier].id))
            }
        }
        if Set(equipment.leases[worker.owner]?.devices ?? []) == Set(request.devices) {
            equipment.leases[worker.owner]?.worker = id
            weigh(workers[index])
        } else {
            endLease(of: worker.owner)
            open(request, request.devices, of: worker)
            equipment.leases[worker.owner]?.isReturned = true
        }
        let held = equipment.leases[worker.owner]?.devices ?? []
        duties.append(.bound(id, devices: held))
    }

    mutating func open(_ request: LeaseRequest, _ devices: [String], of worker: Worker) {
        equipment.residue.removeAll {
            $0.owner == worker.owner && devices.contains($0.device)
        }
        equipment.given += 1
        equipment.leases[worker.owner] = Equipment.Lease(
            owner: worker.owner, worker: worker.id, devices: devices.sorted(),
            asked: request.memory ?? 0, weight: request.memory ?? 0,
            isExclusive: request.isExclusive, serial: equipment.given)
    }

    private mutating func endLease(of owner: Equipment.Owner) {
        guard let old = equipment.leases.removeValue(forKey: owner) else { return }
        equipment.residue.removeAll { $0.owner == owner && old.devices.contains($0.device) }
    }

    /// What the functions of a worker weigh counts as soon as it has said what it serves.
    mutating func weigh(_ worker: Worker) {
        guard let lease = lease(of: worker) else { return }
        let counted = worker.isDismissed ? [] : worker.functions
        let weights = counted.reduce(0) { $0 + (weight(of: $1) ?? 0) }
        equipment.leases[worker.owner]?.weight = max(lease.asked, weights)
        equipment.residue.removeAll {
            $0.owner == worker.owner && lease.devices.contains($0.device)
        }
    }

    /// Who serves more than it asked for, and than there is beside others, has to go.
    mutating func refuseWeight(of worker: Worker) {
        guard let lease = lease(of: worker), !lease.isReturned, !lease.isSettled else { return }
        let weight = worker.functions.reduce(0) {
            $0 + (functions[$1].configured?.memory ?? functions[$1].declared?.memory ?? 0)
        }
        guard weight > lease.asked else { return }
        for device in lease.devices.compactMap({ equipment.device($0) }) {
            let others = parts(of: device).filter { owner, _ in
                owner != lease.owner
                    && equipment.leases[owner]?.devices.contains(device.name) == true
            }
            let leased = others.values.reduce(0) { $0 + $1.leased }
            guard let total = device.description.memory,
                weight > total - reserve(of: device) - leased
            else { continue }
            return dismiss(worker.id)
        }
    }

    /// Who says what it takes has said what it still runs.
    mutating func endResidue(of worker: Worker) {
        weigh(worker)
        equipment.residue.removeAll { $0.owner == worker.owner }
    }

    // MARK: Who waits

    func candidates(for request: LeaseRequest) -> [Equipment.Device] {
        equipment.devices.filter {
            request.devices.isEmpty || request.devices.contains($0.name)
        }
    }

    /// Whether nothing that can happen will give it what it wants, but for other devices.
    func isImpossible(_ request: LeaseRequest) -> Bool {
        guard request.devices.allSatisfy({ equipment.device($0) != nil }) else { return true }
        return suitable(for: request).count < request.count
    }

    /// Those that are large enough.
    func suitable(for request: LeaseRequest) -> [Equipment.Device] {
        candidates(for: request).filter { device in
            guard let total = device.description.memory, let wanted = request.memory else {
                return true
            }
            return total - reserve(of: device) >= wanted
        }
    }

    /// Devices that it would have if all batches there had ended, where those are enough.
    func hopes(of applicant: Equipment.Applicant) -> [String] {
        guard mayLease else { return [] }
        let hopeful = suitable(for: applicant.request).filter { device in
            guard device.isUsable else { return false }
            var parts = parts(of: device)
            for (owner, part) in parts where owner != applicant.owner && !part.isGone {
                if part.isKeptAlone || (applicant.request.isExclusive && part.stays) {
                    return false
                }
            }
            for owner in parts.keys { parts[owner]?.running = 0 }
            return fits(applicant.request.memory ?? 0, of: applicant.owner, on: device, parts)
        }
        return hopeful.count < applicant.request.count ? [] : hopeful.map(\.name)
    }

    /// What is kept without doubt for who waits for the longest, and from whom.
    var devicesKeptForLease: (names: [String], before: RequestID)? {
        guard let first = equipment.applicants.first, let before = first.before,
            areSeen(suitable(for: first.request))
        else { return nil }
        let hopes = hopes(of: first)
        return hopes.count == first.request.count ? (hopes, before) : nil
    }

    func isFree(_ device: Equipment.Device, for applicant: Equipment.Applicant) -> Bool {
        guard device.isUsable else { return false }
        let parts = parts(of: device)
        for (owner, part) in parts where owner != applicant.owner && !part.isGone {
            if applicant.request.isExclusive || part.isKeptAlone || part.runsAlone {
                return false
            }
        }
        return fits(applicant.request.memory ?? 0, of: applicant.owner, on: device, parts)
    }

    /// Whether what is known of all that it may have is of now.
    func areSeen(_ candidates: [Equipment.Device]) -> Bool {
        !candidates.contains { $0.isUsable && $0.isUnseen }
    }

    /// Whether devices may be given at all.
    var mayLease: Bool { equipment.areKnown && !isGathering }

    mutating func refuseImpossible() {
        guard mayLease else { return }
        let hopeless = equipment.applicants.filter { isImpossible($0.request) }.map(\.worker)
        equipment.applicants.removeAll { hopeless.contains($0.worker) }
        for worker in hopeless { duties.append(.dismissal(worker)) }
    }

    /// Takes in that a worker has devices, allowed or not.
    mutating func take(bound id: WorkerID, _ devices: [String]) {
        guard let position = equipment.applicants.firstIndex(where: { $0.worker == id }),
            let worker = workerIndex(id)
        else { return }
        let applicant = equipment.applicants.remove(at: position)
        open(applicant.request, devices, of: workers[worker])
    }
}

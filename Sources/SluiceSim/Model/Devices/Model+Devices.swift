import SluiceEngine
import SluiceModel

// What happens to devices, and what the engine then owes.

extension Model {
    /// Degrees below the limit from which a device counts as cool again.
    private static var coolness: Int { 5 }
    /// Until when memory that nobody sees to be free counts as taken.
    private static var patience: Duration { .seconds(10) }
    /// How long what was not used is waited for to be looked at.
    private static var longestLook: Duration { .seconds(2) }

    // MARK: Cordons

    mutating func cordon(_ index: Int, _ cause: Equipment.Cause) {
        if let known = equipment.devices[index].cordons.firstIndex(where: { $0.cause == cause }) {
            equipment.devices[index].cordons[known].goneSince = nil
            return
        }
        if equipment.devices[index].isUsable { equipment.turned += 1 }
        equipment.devices[index].cordons.append((cause, nil))
    }

    mutating func lift(_ index: Int, where isOver: (Equipment.Cause, Instant?) -> Bool) {
        let wasUsable = equipment.devices[index].isUsable
        equipment.devices[index].cordons.removeAll { isOver($0.cause, $0.goneSince) }
        if equipment.devices[index].isUsable, !wasUsable { equipment.turned += 1 }
    }

    func uncordonAfter(_ device: Equipment.Device) -> Duration? {
        settings(ofDevice: device.name)?.uncordonAfter ?? .seconds(60)
    }

    private mutating func endCordons(of index: Int) {
        guard let span = uncordonAfter(equipment.devices[index]) else { return }
        lift(index) { [now] _, goneSince in goneSince.map { $0 + span <= now } ?? false }
    }

    private mutating func noteGone(_ cause: Equipment.Cause, from index: Int) {
        for position in equipment.devices[index].cordons.indices
        where equipment.devices[index].cordons[position].cause == cause
            && equipment.devices[index].cordons[position].goneSince == nil
        {
            equipment.devices[index].cordons[position].goneSince = now
        }
        endCordons(of: index)
    }

    mutating func endHanging(of owner: Equipment.Owner) {
        for index in equipment.devices.indices {
            lift(index) { cause, _ in cause == .hung(owner) }
        }
    }

    func isLost(_ device: Equipment.Device) -> Bool {
        device.cordons.contains { $0.cause == .lost && $0.goneSince == nil }
    }

    mutating func operatorCordons(_ name: String) {
        equipment.operatorCordons.insert(name)
        if let index = equipment.index(name) { cordon(index, .byOperator) }
    }

    /// Whether or not it is refused, what an operator can take back is taken back.
    mutating func operatorUncordons(_ name: String) {
        equipment.operatorCordons.remove(name)
        guard let index = equipment.index(name) else { return }
        let isLost = isLost(equipment.devices[index])
        lift(index) { cause, goneSince in !isLost || cause != .lost || goneSince != nil }
    }

    // MARK: What is found

    mutating func find(_ found: [DeviceDescription]) {
        equipment.areKnown = true
        for description in found {
            if let index = equipment.index(description.name) {
                equipment.devices[index].description = description
                noteGone(.lost, from: index)
                continue
            }
            equipment.devices.append(Equipment.Device(description: description))
            guard equipment.operatorCordons.contains(description.name) else { continue }
            cordon(equipment.devices.count - 1, .byOperator)
        }
        for device in equipment.devices where !found.contains(where: { $0.name == device.name }) {
            guard isWorthKeeping(device) else {
                equipment.devices.removeAll { $0.name == device.name }
                for function in functions.indices {
                    functions[function].tooLargeOn[device.name] = nil
                }
                continue
            }
            lose(device.name)
        }
        let returned = equipment.applicants.filter(\.request.isHeld)
        equipment.applicants.removeAll(where: \.request.isHeld)
        for applicant in returned { take(back: applicant.request, of: applicant.worker) }
    }

    private func isWorthKeeping(_ device: Equipment.Device) -> Bool {
        isInUse(device) || [.nvidia, .amd].contains(device.description.kind)
            || settings(ofDevice: device.name) != nil
    }

    func isInUse(_ device: Equipment.Device) -> Bool { !parts(of: device).isEmpty }

    mutating func take(_ trouble: DeviceTrouble, of name: String) {
        guard let index = equipment.index(name) else { return }
        switch trouble {
        case .lost: lose(name)
        case .fault:
            cordon(index, .fault)
            noteGone(.fault, from: index)
            dismissWorkers(on: name)
        }
    }

    private mutating func lose(_ name: String) {
        guard let index = equipment.index(name) else { return }
        cordon(index, .lost)
        dismissWorkers(on: name)
        for lease in equipment.leases.values where lease.devices.contains(name) {
            if let worker = lease.worker { dismiss(worker) }
        }
    }

    private mutating func dismissWorkers(on device: String) {
        for grant in grants.values where grant.devices.contains(device) { dismiss(grant.worker) }
    }

    mutating func dismiss(_ worker: WorkerID) {
        guard let index = workerIndex(worker), !workers[index].isDismissed else { return }
        workers[index].isDismissed = true
        duties.append(.dismissal(worker))
    }

    mutating func take(_ sample: DeviceSample, of name: String) {
        guard let index = equipment.index(name) else { return }
        equipment.devices[index].sample = sample
        if equipment.devices[index].watch != .off { equipment.devices[index].watch = .current }
        for position in equipment.remains.indices
        where equipment.remains[position].device == name {
            equipment.remains[position].samplesToCome -= 1
        }
        equipment.remains.removeAll { $0.device == name && $0.samplesToCome <= 0 }
        learnMemory(from: equipment.devices[index])
        guard let degrees = sample.temperature else { return }
        let most: Int? =
            switch settings(ofDevice: name)?.maxTemperature {
            case .at(let degrees): degrees
            case .some(.none): nil
            case nil: equipment.devices[index].description.slowdownTemperature
            }
        guard let most else { return noteGone(.hot, from: index) }
        if degrees >= most {
            cordon(index, .hot)
        } else if degrees <= most - Self.coolness {
            noteGone(.hot, from: index)
        }
    }

    /// Of a worker that serves one function it can be seen what that takes.
    private mutating func learnMemory(from device: Equipment.Device) {
        let leases = equipment.leases.values.sorted { $0.serial < $1.serial }
        for lease in leases where lease.devices.first == device.name {
            let owner = lease.owner
            guard let worker = lease.worker.flatMap({ workerIndex($0) }),
                workers[worker].functions.count == 1,
                let function = workers[worker].functions.first,
                let seen = device.sample?.bytes(of: owner), seen > 0
            else { continue }
            guard lease.mostItems > 0 else {
                guard lease.baseline != seen else { continue }
                equipment.leases[owner]?.baseline = seen
                // One that came back may have run batches before.
                guard !lease.isReturned || functions[function].learnedMemory == nil else {
                    continue
                }
                functions[function].learnedMemory = seen
                weigh(workers[worker])
                continue
            }
            guard let baseline = lease.baseline, seen > baseline else { continue }
            functions[function].learnedMemoryPerItem = max(
                functions[function].learnedMemoryPerItem ?? 0,
                (seen - baseline) / lease.mostItems)
        }
    }

    /// Of a batch that begins to be on devices.
    mutating func noteItems(of worker: Worker) {
        guard lease(of: worker) != nil else { return }
        let items = worker.grants.reduce(0) { $0 + (grants[$1]?.items.count ?? 0) }
        let known = equipment.leases[worker.owner]?.mostItems ?? 0
        equipment.leases[worker.owner]?.mostItems = max(known, items)
    }

    // MARK: Ends

    /// The worker's connection is gone, and its process maybe is not.
    mutating func loosen(_ worker: Worker) {
        equipment.applicants.removeAll { $0.worker == worker.id }
        if equipment.leases[worker.owner]?.worker == worker.id {
            equipment.leases[worker.owner]?.worker = nil
        }
    }

    mutating func keepReserved(_ grant: Grant) {
        for device in grant.devices {
            let known = equipment.residue.firstIndex {
                $0.owner == grant.owner && $0.device == device
            }
            if let known {
                equipment.residue[known].bytes += grant.reserved
                if grant.isExclusive { equipment.residue[known].isExclusive = true }
            } else {
                equipment.residue.append(
                    Equipment.Residue(
                        owner: grant.owner, device: device, bytes: grant.reserved,
                        isExclusive: grant.isExclusive))
            }
        }
    }

    mutating func endProcess(_ owner: Equipment.Owner) {
        var left: [Equipment.Remains] = []
        for device in equipment.devices {
            guard let part = parts(of: device)[owner], !part.isGone, part.charge > 0,
                device.description.memory != nil, device.sample?.used != nil
            else { continue }
            left.append(
                Equipment.Remains(
                    owner: owner, device: device.name, bytes: part.charge,
                    forgottenAt: now + Self.patience))
        }
        equipment.leases[owner] = nil
        equipment.residue.removeAll { $0.owner == owner }
        equipment.remains += left
        endHanging(of: owner)
    }

    /// What time does, at the end of the turn's events.
    mutating func passTimeOverDevices() {
        for (id, grant) in grants.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where !grant.isKnownToHang && (grant.hangsAt ?? .distantFuture) <= now {
            grants[id]?.isKnownToHang = true
            for device in grant.devices {
                if let index = equipment.index(device) { cordon(index, .hung(grant.owner)) }
            }
        }
        for index in equipment.devices.indices {
            endCordons(of: index)
            if case .begun(let end) = equipment.devices[index].watch, end <= now {
                equipment.devices[index].watch = .current
            }
        }
        equipment.remains.removeAll { $0.forgottenAt <= now }
    }

    /// Takes in which devices are to be looked at from now on.
    mutating func watch(_ names: [String]) {
        equipment.watched = Set(names)
        for index in equipment.devices.indices {
            let device = equipment.devices[index]
            if !equipment.watched.contains(device.name) {
                equipment.devices[index].watch = .off
            } else if device.watch == .off {
                equipment.devices[index].watch =
                    device.canTell ? .begun(enoughAt: now + Self.longestLook) : .current
            }
        }
    }

    /// When time will do something again.
    var nextOfDevices: [(due: Instant, what: String)] {
        var moments = equipment.remains.map { ($0.forgottenAt, "what was left on \($0.device)") }
        for device in equipment.devices {
            if case .begun(let end) = device.watch {
                moments.append((end, "a look at \(device.name)"))
            }
            guard let span = uncordonAfter(device) else { continue }
            moments += device.cordons.compactMap { cordon in
                cordon.goneSince.map { ($0 + span, "the end of a cordon of \(device.name)") }
            }
        }
        return moments
    }
}

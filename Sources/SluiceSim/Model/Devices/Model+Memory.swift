import SluiceEngine
import SluiceModel

// The rule about memory, and all else that a device may have against a batch:
//
//     Σ of each owner the larger of (leases + running reservations) and what was seen last
//         + what strangers have + reserve ≤ total

/// What a worker with a batch of some function wants of each device.
struct Want {
    let owner: Equipment.Owner
    /// The queue whose places it takes; nil: none.
    let queue: Int?
    /// Bytes beside those of its requests.
    let weights: Int
    let perItem: Int
    let isExclusive: Bool
}

enum Hindrance { case cordoned, unbound, places, shared, unseen, memory }

extension Model {
    // MARK: What is in force

    func settings(ofDevice name: String) -> DeviceSettings? {
        configuration.devices.first { $0.name == name }
    }

    func reserve(of device: Equipment.Device) -> Int {
        if let reserve = settings(ofDevice: device.name)?.reserve { return reserve }
        return [.nvidia, .amd].contains(device.description.kind) ? 256 << 20 : 0
    }

    func selection(of queue: Int) -> DeviceSelection {
        configuration.queues[queues[queue].name]?.devices ?? .unbound
    }

    func perDeviceLimit(of queue: Int) -> Limit {
        queues[queue].overrides.perDeviceLimit
            ?? configuration.queues[queues[queue].name]?.perDeviceLimit ?? .at(1)
    }

    /// How many batches of the queue have a place; nil: it is not about devices.
    func devicePlaces(of queue: Int) -> Limit? {
        let selection = selection(of: queue)
        guard selection != .unbound else { return nil }
        let usable = equipment.devices.count { $0.isUsable && selection.has($0.name) }
        guard case .at(let each) = perDeviceLimit(of: queue) else {
            return usable > 0 ? Limit.none : .at(0)
        }
        return .at(each * usable)
    }

    func weight(of function: Int) -> Int? {
        let known = functions[function]
        return known.configured?.memory ?? known.declared?.memory ?? known.learnedMemory
    }

    func weightPerItem(of function: Int) -> Int {
        let known = functions[function]
        return known.configured?.memoryPerItem ?? known.declared?.memoryPerItem
            ?? known.learnedMemoryPerItem ?? 0
    }

    func deviceCount(of function: Int) -> Int {
        let known = functions[function]
        return known.configured?.deviceCount ?? known.declared?.deviceCount ?? 1
    }

    func isExclusive(_ function: Int) -> Bool {
        functions[function].configured?.exclusive ?? functions[function].declared?.exclusive
            ?? false
    }

    // MARK: Who has what

    func parts(of device: Equipment.Device) -> [Equipment.Owner: Equipment.Part] {
        var parts: [Equipment.Owner: Equipment.Part] = [:]
        for left in equipment.remains where left.device == device.name {
            parts[left.owner] = Equipment.Part(leased: left.bytes, isGone: true)
        }
        for (owner, lease) in equipment.leases where lease.devices.contains(device.name) {
            parts[owner, default: .init()].leased += lease.weight
            parts[owner]?.stays = true
            parts[owner]?.isKeptAlone = lease.isExclusive
        }
        for left in equipment.residue where left.device == device.name {
            parts[left.owner, default: .init()].leased += left.bytes
            parts[left.owner]?.stays = true
            if left.isExclusive { parts[left.owner]?.isKeptAlone = true }
        }
        for grant in grants.values where grant.devices.contains(device.name) {
            parts[grant.owner, default: .init()].running += grant.reserved
            parts[grant.owner]?.batches += 1
            if grant.isExclusive { parts[grant.owner]?.runsAlone = true }
        }
        for owner in parts.keys { parts[owner]?.seen = device.sample?.bytes(of: owner) }
        return parts
    }

    /// Bytes that the owner may have in all; nil: as many as it wants.
    func room(
        for owner: Equipment.Owner, on device: Equipment.Device,
        _ parts: [Equipment.Owner: Equipment.Part]
    ) -> Int? {
        guard let total = device.description.memory else { return nil }
        var others = 0
        var explained = parts[owner] == nil ? device.sample?.bytes(of: owner) ?? 0 : 0
        for (other, part) in parts {
            if other != owner { others += part.charge }
            explained += part.attributed
        }
        let strangers = device.sample?.used.map { max(0, $0 - explained) } ?? 0
        return total - reserve(of: device) - strangers - others
    }

    /// One that grows by nothing may go on where only the reserve is short.
    func fits(
        _ bytes: Int, of owner: Equipment.Owner, on device: Equipment.Device,
        _ parts: [Equipment.Owner: Equipment.Part]
    ) -> Bool {
        guard let room = room(for: owner, on: device, parts) else { return true }
        let seen = device.sample?.bytes(of: owner) ?? 0
        if max(bytes, seen) <= room { return true }
        return bytes <= seen && seen <= room + reserve(of: device)
    }

    // MARK: What is against a batch

    func lease(of worker: Worker) -> Equipment.Lease? {
        equipment.leases[worker.owner].flatMap { $0.worker == worker.id ? $0 : nil }
    }

    func want(_ function: Int, on worker: Worker) -> Want {
        let queue = functions[function].queue
        return Want(
            owner: worker.owner, queue: selection(of: queue) == .unbound ? nil : queue,
            weights: lease(of: worker) == nil ? weight(of: function) ?? 0 : 0,
            perItem: weightPerItem(of: function), isExclusive: isExclusive(function))
    }

    /// What keeps a batch of one from starting there; nil: nothing.
    func hindrance(_ want: Want, on device: Equipment.Device) -> Hindrance? {
        guard device.isUsable else { return .cordoned }
        if let queue = want.queue {
            guard selection(of: queue).has(device.name) else { return .unbound }
            let taken = grants.values.count {
                $0.queue == queue && $0.devices.contains(device.name)
            }
            guard perDeviceLimit(of: queue).allows(oneMoreThan: taken) else { return .places }
        }
        let parts = parts(of: device)
        for (owner, part) in parts where owner != want.owner && !part.isGone {
            if want.isExclusive || part.isKeptAlone || part.runsAlone { return .shared }
        }
        if let own = parts[want.owner], own.runsAlone || (want.isExclusive && own.batches > 0) {
            return .shared
        }
        if device.isUnseen { return .unseen }
        let committed = parts[want.owner]?.committed ?? 0
        let bytes = committed + want.weights + want.perItem
        return fits(bytes, of: want.owner, on: device, parts) ? nil : .memory
    }

    /// Whether it could start there if everything that runs there had ended.
    func wouldSuit(_ want: Want, _ device: Equipment.Device) -> Bool {
        guard device.isUsable else { return false }
        if let queue = want.queue {
            guard selection(of: queue).has(device.name), perDeviceLimit(of: queue) != .at(0)
            else { return false }
        }
        var parts = parts(of: device)
        for (owner, part) in parts where owner != want.owner && !part.isGone {
            if part.isKeptAlone || (want.isExclusive && part.stays) { return false }
        }
        for owner in parts.keys { parts[owner]?.running = 0 }
        let bytes = (parts[want.owner]?.committed ?? 0) + want.weights + want.perItem
        return fits(bytes, of: want.owner, on: device, parts)
    }

    /// Requests that fit beside what is there.
    func seats(_ want: Want, on device: Equipment.Device) -> Int {
        let parts = parts(of: device)
        guard want.perItem > 0, let room = room(for: want.owner, on: device, parts) else {
            return .max
        }
        let rest = room - (parts[want.owner]?.committed ?? 0) - want.weights
        return max(1, rest / want.perItem)
    }

    // MARK: Where it may run

    /// The devices it chooses among, and how many it needs of them; nil: it needs none.
    func choice(_ function: Int, on worker: Worker) -> (devices: [Equipment.Device], needed: Int)? {
        if let lease = lease(of: worker) {
            let own = lease.devices.compactMap { equipment.device($0) }
            return (own, max(lease.devices.count, deviceCount(of: function)))
        }
        let selection = selection(of: functions[function].queue)
        guard selection != .unbound else { return nil }
        return (equipment.devices.filter { selection.has($0.name) }, deviceCount(of: function))
    }

    /// Whether the worker has devices for a batch led by the candidate.
    func hasSeat(for candidate: Candidate, on worker: Worker) -> Bool {
        guard let choice = choice(candidate.function, on: worker) else { return true }
        let want = want(candidate.function, on: worker)
        let open = choice.devices.count {
            hindrance(want, on: $0) == nil && !mayBePromised($0.name, against: candidate)
        }
        return open >= choice.needed && !mayLookFirst(candidate.function, on: worker)
    }

    /// Whether one that was not used may be the better one: then that is looked at first, which
    /// does not take long.
    func mayLookFirst(_ function: Int, on worker: Worker) -> Bool {
        guard let choice = choice(function, on: worker) else { return false }
        let want = want(function, on: worker)
        return choice.devices.contains { hindrance(want, on: $0) == .unseen }
    }

    /// The devices that it would wait for, if the end of batches is all it waits for.
    func hopes(of candidate: Candidate, on worker: Worker) -> [String] {
        guard let choice = choice(candidate.function, on: worker) else { return [] }
        let want = want(candidate.function, on: worker)
        let hopeful = choice.devices.filter { wouldSuit(want, $0) }
        guard hopeful.count >= choice.needed else { return [] }
        let isLarge = hopeful.contains {
            let hindrance = hindrance(want, on: $0)
            return hindrance == .shared || hindrance == .memory
        }
        return choice.needed > 1 || isLarge ? hopeful.map(\.name) : []
    }

    /// Whether the device may be kept free for somebody older: allowed, and where it is done
    /// nobody younger can complain.
    func mayBePromised(_ device: String, against candidate: Candidate) -> Bool {
        for applicant in equipment.applicants where applicant.after < candidate.request {
            if hopes(of: applicant).contains(device) { return true }
        }
        if mayHaveBeenPromised(device) { return true }
        for (index, function) in functions.enumerated() where index != candidate.function {
            guard function.waiting > 0, function.hold != .paused, hold != .paused,
                queues[function.queue].hold != .paused, hasPlace(function.queue)
            else { continue }
            for (head, isSuspect) in [
                (function.line.first, false), (function.suspects.first, true),
            ] {
                // Below a ceiling that was learned, at least half of what was too large, a batch
                // is full sooner.
                let full = function.tooLarge.map { max(1, $0.size / 2) } ?? .max
                guard let head,
                    isSuspect || isRipe(index, head: head) || function.line.count >= full,
                    let oldest = [function.line.first, function.suspects.first]
                        .compactMap({ $0 }).min(), oldest < candidate.request
                else { continue }
                let other = Candidate(request: head, function: index, isSuspect: isSuspect)
                for worker in workers where canTake(worker, index, alone: isSuspect) {
                    if hopes(of: other, on: worker).contains(device) { return true }
                }
            }
        }
        return false
    }

    /// Whether it may be kept free for what came in this turn and found no room in the end. The
    /// next turn, which follows at once, takes that back.
    private func mayHaveBeenPromised(_ device: String) -> Bool {
        for judgement in judgements where judgement.foundNoRoom {
            guard let function = judgement.function.flatMap({ functionIndex($0) }) else { continue }
            let refused = Candidate(
                request: RequestID(rawValue: 0), function: function, isSuspect: false)
            for worker in workers where canTake(worker, function, alone: false) {
                if hopes(of: refused, on: worker).contains(device) { return true }
            }
        }
        return false
    }
}

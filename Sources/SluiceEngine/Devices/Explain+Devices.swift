import SluiceModel

// What of devices is in the way of a request, in words. For each worker that could take it every
// device is asked; what is told is the reason that is the nearest to being over.

/// Why no worker can run a batch of one.
struct Obstruction {
    var blocker: Blocker
    var message: String
    var remedy: String
}

extension Engine {
    /// Whether the worker may be given batches of the function at all.
    func mayUse(_ worker: Index<Worker>, for function: Index<Function>) -> Bool {
        workers[worker].isUsable
            && (workers[worker].canBePlaced
                || queues[functions[function].queue].rules.devices == .unbound)
    }

    /// What the developer of a worker should know whose batches nobody could place.
    func heedlessness(of worker: Index<Worker>, in queue: Index<Queue>) -> String? {
        guard queues[queue].rules.devices != .unbound, !workers[worker].canBePlaced else {
            return nil
        }
        return "queue \(queues[queue].name) is bound to devices, and this worker does not say that "
            + "it runs on those it is told (feature devices) and has none of its own: it is given "
            + "nothing of the queue"
    }

    /// What is the matter with all workers of a function or all devices of its queue, so that none
    /// can be used; nil: nothing.
    func outage(of function: Index<Function>) -> Obstruction? {
        let queue = queues[functions[function].queue]
        guard queue.rules.devices != .unbound else { return nil }
        guard functions[function].workers.contains(where: { mayUse($0, for: function) }) else {
            return Obstruction(
                blocker: .device,
                message: "queue \(queue.name) is bound to devices, and no worker of function "
                    + "\(functions[function].name) heeds which it is told",
                remedy: "use a library for workers that knows devices, or give each worker its own")
        }
        guard !queue.devices.contains(where: { devices[$0].isUsable })
        else { return nil }
        guard !queue.devices.isEmpty else {
            return Obstruction(
                blocker: .device,
                message: "queue \(queue.name) is bound to devices (\(queue.rules.devices)), "
                    + "and there is none of them",
                remedy: "see sluicectl devices")
        }
        let reasons = queue.devices.map { reason(for: $0) }
        return Obstruction(
            blocker: .device,
            message: "no device of queue \(queue.name) can be used: "
                + reasons.joined(separator: "; "),
            remedy: "see sluicectl devices, or sluicectl uncordon DEVICE")
    }

    private func reason(for index: Index<Device>) -> String {
        let first = devices[index].cordons.first.map { ": \($0.cordon.reason)" } ?? ""
        return "\(devices[index].name) is cordoned\(first)"
    }

    /// What is the matter where workers have room; nil: one of them could run it.
    func obstruction(of function: Index<Function>, waitingSince oldest: RequestID) -> Obstruction? {
        let index = functions[function].queue
        let queue = queues[index]
        var nearest: (obstacle: Obstacle?, device: Index<Device>, bid: Bid)?
        for worker in functions[function].workers
        where workers[worker].hasFreeSlot && mayUse(worker, for: function) {
            let lease = workers[worker].lease
            let bid = Bid(of: functions[function], on: workers[worker], in: queue, at: index)
            if lease.isNone, !bid.takesPlace { return nil }
            let all = lease.isNone ? queue.devices : leases[lease].devices
            let needed = max(functions[function].rules.deviceCount, lease.isNone ? 1 : all.count)
            let obstacles = all.map { device in
                (obstacle: devices[device].obstacle(to: bid), device: device, bid: bid)
            }
            let free = obstacles.filter { $0.obstacle == nil }
            let promised = free.filter { isKept($0.device, from: function, oldest) }
            let unseen = obstacles.filter { $0.obstacle == .unseen }
            if free.count - promised.count >= needed, unseen.isEmpty { return nil }
            let candidates =
                unseen.isEmpty ? (free.count >= needed ? promised : obstacles) : unseen
            if all.count < needed { return tooFew(all, needed, of: function) }
            for candidate in candidates where candidate.obstacle != nil || free.count >= needed {
                guard let sofar = nearest else {
                    nearest = candidate
                    continue
                }
                if nearness(candidate.obstacle) < nearness(sofar.obstacle) { nearest = candidate }
            }
        }
        return nearest.map { describe($0.obstacle, on: $0.device, to: $0.bid, of: function) }
    }

    private func isKept(
        _ device: Index<Device>, from function: Index<Function>, _ oldest: RequestID
    ) -> Bool {
        if let place = devices[device].keptSince, place < oldest { return true }
        let other = devices[device].promisedTo
        guard !other.isNone, other != function else { return false }
        return waitingRequests(of: other).contains { requests[$0].id < oldest }
    }

    private func tooFew(
        _ all: [Index<Device>], _ needed: Int, of function: Index<Function>
    ) -> Obstruction {
        let names = all.map { devices[$0].name }.joined(separator: ", ")
        return Obstruction(
            blocker: .device,
            message: "function \(functions[function].name) runs on \(needed) devices at once, "
                + "and may have \(names.isEmpty ? "none" : names)",
            remedy: "bind its queue to more devices, or lower device_count")
    }

    /// What is over the soonest comes first.
    private func nearness(_ obstacle: Obstacle?) -> Int {
        switch obstacle {
        case nil: 0
        case .unseen: 1
        case .memory: 2
        case .places: 3
        case .shared: 4
        case .cordoned: 5
        case .unbound: 6
        }
    }

    private func describe(
        _ obstacle: Obstacle?, on index: Index<Device>, to bid: Bid, of function: Index<Function>
    ) -> Obstruction {
        let device = devices[index]
        let name = device.name
        switch obstacle {
        case nil:
            let applicant = applicants.first { $0.place == device.keptSince }
            let waiting =
                applicant.map { "worker \(workers[$0.worker].name), which asked for it" }
                ?? "an older request of function "
                + (device.promisedTo.isNone ? "" : functions[device.promisedTo].name)
            return Obstruction(
                blocker: .device, message: "device \(name) is kept free for \(waiting)",
                remedy: "")
        case .cordoned:
            return Obstruction(
                blocker: .device, message: reason(for: index),
                remedy: "sluicectl uncordon \(name)")
        case .unbound:
            return Obstruction(
                blocker: .device,
                message: "its workers have device \(name), to which queue "
                    + "\(queues[bid.queue].name) is not bound",
                remedy: "start a worker on one of its devices, or add \(name) to devices of "
                    + "[queue.\(queues[bid.queue].name)]")
        case .places:
            return Obstruction(
                blocker: .device,
                message: "device \(name) runs \(device.batches.count { $0.queue == bid.queue }) "
                    + "of \(bid.perDeviceLimit) batches of queue \(queues[bid.queue].name) "
                    + "(per_device_limit)",
                remedy: "wait, or sluicectl set \(queues[bid.queue].name) per_device_limit=N")
        case .shared:
            return Obstruction(
                blocker: .device,
                message: bid.isExclusive
                    ? "function \(functions[function].name) wants device \(name) for itself, "
                        + "and others have it"
                    : "device \(name) is another worker's alone",
                remedy: "wait, or see sluicectl device \(name)")
        case .unseen:
            return Obstruction(
                blocker: .device,
                message:
                    "device \(name) was not used, and is looked at before anything starts there",
                remedy: "")
        case .memory: return shortage(of: device, to: bid)
        }
    }

    private func shortage(of device: Device, to bid: Bid) -> Obstruction {
        let need = bid.reservation(of: 1)
        let strangers = device.foreign > 0 ? ", \(bytes(device.foreign)) of others" : ""
        let reserve = device.rules.reserve > 0 ? ", \(bytes(device.rules.reserve)) reserve" : ""
        return Obstruction(
            blocker: .memory,
            message: "a batch of one needs \(bytes(need)) of device \(device.name), and "
                + "\(bytes(max(0, device.free ?? 0))) of "
                + "\(bytes(device.description.memory ?? 0)) are free: \(bytes(device.held)) of "
                + "workers\(strangers)\(reserve)",
            remedy: "wait, or see sluicectl device \(device.name)")
    }
}

/// As a person would say it: `1.5 GiB`.
private func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(count), 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    let rounded = (value * 10).rounded() / 10
    let isWhole = rounded == rounded.rounded()
    return "\(isWhole ? String(Int(rounded)) : String(rounded)) \(units[unit])"
}

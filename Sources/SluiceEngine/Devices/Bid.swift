import SluiceModel

/// What a worker with a batch of some function would need of each device it runs on.
///
///     Σ leases + Σ what running batches reserve + foreign use + reserve ≤ total
///
/// for each device, where of each worker the larger counts of what was promised and what is seen.
struct Bid {
    let queue: Index<Queue>
    /// Whether the queue is bound to devices, so that a batch takes a place on each of them.
    let takesPlace: Bool
    let perDeviceLimit: Limit
    let process: ProcessKey
    /// Bytes that come along with the batch: a worker without a lease brings its model.
    let weights: Int
    let perItem: Int
    let isExclusive: Bool

    /// - Parameter index: of the queue.
    init(
        of function: borrowing Function, on worker: borrowing Worker, in queue: borrowing Queue,
        at index: Index<Queue>
    ) {
        self.queue = index
        takesPlace = queue.rules.devices != .unbound
        perDeviceLimit = queue.rules.perDeviceLimit
        process = worker.key
        weights = worker.lease.isNone ? function.memory ?? 0 : 0
        perItem = function.memoryPerItem
        isExclusive = function.rules.exclusive
    }

    /// Bytes that so many requests reserve.
    func reservation(of count: Int) -> Int { weights + count * perItem }
}

/// Why a batch cannot start on a device, the widest reason first.
enum Obstacle: Hashable {
    case cordoned
    /// The queue is not bound to the device that the worker has.
    case unbound
    /// `per_device_limit` batches of the queue run there.
    case places
    /// Somebody has it for itself, or the batch would want to have it so.
    case shared
    /// It was not used, and has to be looked at first.
    case unseen
    case memory
}

extension Device {
    /// What keeps a batch of one from starting here; nil: nothing.
    func obstacle(to bid: Bid) -> Obstacle? {
        guard isUsable else { return .cordoned }
        if bid.takesPlace {
            guard queues.contains(bid.queue) else { return .unbound }
            let taken = batches.count { $0.queue == bid.queue }
            guard bid.perDeviceLimit.allows(oneMoreThan: taken) else { return .places }
        }
        guard isOpen(to: bid.process, exclusively: bid.isExclusive), !hasBatchAlone,
            !bid.isExclusive || batches.isEmpty
        else { return .shared }
        guard isSeen else { return .unseen }
        return fits(committed(by: bid.process) + bid.reservation(of: 1), of: bid.process)
            ? nil : .memory
    }

    /// How many requests fit into a batch for which there is no obstacle.
    func seats(for bid: Bid) -> Int {
        guard bid.perItem > 0, let room = room(for: bid.process) else { return .max }
        let rest = room - committed(by: bid.process) - bid.weights
        // Where only the reserve is short, one is let in that grows by nothing.
        return max(1, rest / bid.perItem)
    }

    /// Whether nothing but the end of batches that run here is in the way, or nothing at all.
    func wouldSuit(_ bid: Bid) -> Bool {
        switch obstacle(to: bid) {
        case nil: return true
        case .cordoned, .unbound: return false
        case .places, .shared, .unseen, .memory: break
        }
        return wouldBeOpen(to: bid.process, exclusively: bid.isExclusive)
            && emptied.fits(
                emptied.committed(by: bid.process) + bid.reservation(of: 1), of: bid.process)
    }

    /// The same for a lease.
    func wouldSuit(_ request: LeaseRequest, of process: ProcessKey) -> Bool {
        isUsable && wouldBeOpen(to: process, exclusively: request.isExclusive)
            && emptied.fits(request.memory ?? 0, of: process)
    }

    /// Leases end when they end; only batches are worth waiting for.
    private func wouldBeOpen(to process: ProcessKey, exclusively: Bool) -> Bool {
        holders.allSatisfy { holder in
            holder.process == process || holder.isGone
                || !(holder.isKeptAlone || (exclusively && holder.hasLease))
        }
    }

    /// Whether a batch that runs here has the device for itself, before others of its own process,
    /// too.
    private var hasBatchAlone: Bool { holders.contains { $0.exclusiveBatches > 0 } }

    private func committed(by process: ProcessKey) -> Int { holder(process)?.committed ?? 0 }

    /// As it would be once everything that runs on it has ended.
    private var emptied: Device {
        var device = self
        for index in device.holders.indices { device.holders[index].running = 0 }
        return device
    }
}

import SluiceModel

// Where a batch runs. A worker that has devices runs on those. Any other worker of a queue that
// is bound to devices is given some with each batch: all at once, the least busy ones first. What
// each device has to say is in `Bid`; a batch is made smaller if that makes it fit.
//
// What waits for nothing but the end of batches on a device has the device promised to it:
// nothing younger starts there. Else small batches could keep a large one waiting for ever.

extension Engine {
    /// Whether batches of the function may be about devices at all.
    mutating func isPlaced(_ function: Index<Function>) -> Bool {
        if isBound(function) { return true }
        guard leases.count > 0 else { return false }
        for worker in functions[function].workers where !workers[worker].lease.isNone {
            return true
        }
        return false
    }

    /// Whether each of its batches takes a place on devices.
    mutating func isBound(_ function: Index<Function>) -> Bool {
        queues[functions[function].queue].rules.devices != .unbound
    }

    private mutating func bid(of function: Index<Function>, on worker: Index<Worker>) -> Bid {
        let queue = functions[function].queue
        return Bid(
            of: functions[function], on: workers[worker], in: queues[queue], at: queue)
    }

    /// Where the worker could run a batch of the function now; nil: nowhere.
    mutating func seat(
        for function: Index<Function>, on worker: Index<Worker>, asOldAs oldest: RequestID
    ) -> Seat? {
        let bid = bid(of: function, on: worker)
        if workers[worker].lease.isNone, !bid.takesPlace { return .anywhere }
        let (all, needed) = choice(for: bid, of: function, on: worker)
        guard all.count >= needed else { return nil }
        var seat = Seat.anywhere
        for device in all where !isPromised(device, against: function, oldest) {
            let obstacle = devices[device].obstacle(to: bid)
            if obstacle == nil || obstacle == .unseen { seat.placement.append(device) }
        }
        guard seat.placement.count >= needed else { return nil }
        if seat.placement.count > needed {
            let sorted = seat.placement.all.sorted { isEmptier($0, than: $1) }
            seat.placement = Placement(sorted.prefix(needed))
        }
        guard areSeen(seat.placement) else { return nil }
        for position in 0..<seat.placement.count {
            let device = seat.placement[position]
            seat.load += devices[device].batches.count
            let ceiling = functions[function].deviceCeilings[device]?.most ?? .max
            seat.most = min(seat.most, ceiling, devices[device].seats(for: bid))
        }
        return seat
    }

    /// Whether all were looked at. The others are, in a moment: that is worth waiting for, or those
    /// that are in use would get everything.
    private mutating func areSeen(_ placement: Placement) -> Bool {
        var areSeen = true
        for position in 0..<placement.count where !devices[placement[position]].isSeen {
            wishToSee(placement[position])
            areSeen = false
        }
        return areSeen
    }

    private mutating func wishToSee(_ device: Index<Device>) {
        guard !devices[device].isWished else { return }
        devices[device].isWished = true
        areDevicesUnsettled = true
    }

    /// The devices that a batch could run on, and on how many of them it does.
    private mutating func choice(
        for bid: Bid, of function: Index<Function>, on worker: Index<Worker>
    ) -> (all: [Index<Device>], needed: Int) {
        let lease = workers[worker].lease
        let count = functions[function].rules.deviceCount
        guard !lease.isNone else { return (queues[bid.queue].devices, count) }
        // A worker runs on all that it has, and has no more.
        return (leases[lease].devices, max(count, leases[lease].devices.count))
    }

    /// Fewer batches first, then more free memory, then the order in which they were found.
    mutating func isEmptier(_ a: Index<Device>, than b: Index<Device>) -> Bool {
        let (first, second) = (devices[a].batches.count, devices[b].batches.count)
        if first != second { return first < second }
        let (room, other) = (devices[a].free ?? .max, devices[b].free ?? .max)
        return room != other ? room > other : a.offset < b.offset
    }

    // MARK: Promises

    /// Whether somebody older waits for the device to become empty enough.
    private mutating func isPromised(
        _ device: Index<Device>, against function: Index<Function>, _ oldest: RequestID
    ) -> Bool {
        if let place = devices[device].keptSince, place < oldest { return true }
        let other = devices[device].promisedTo
        guard !other.isNone, other != function, let head = head(of: other) else { return false }
        return head < oldest
    }

    /// The oldest that waits for the function.
    private mutating func head(of function: Index<Function>) -> RequestID? {
        let retry = functions[function].retries.first?.members.first.map { requests[$0].id }
        let first = functions[function].line.first
        let line = first.isNone ? nil : requests[first].id
        guard let retry, let line else { return retry ?? line }
        return min(retry, line)
    }

    /// The devices whose batches must end for the worker to run one of the function, if that is
    /// all it waits for, and others could keep it waiting: because it needs several at once, or
    /// more of one than each of them.
    mutating func wishes(
        of function: Index<Function>, on worker: Index<Worker>, asOldAs oldest: RequestID
    ) -> [Index<Device>] {
        let bid = bid(of: function, on: worker)
        let (all, needed) = choice(for: bid, of: function, on: worker)
        var hopeful: [Index<Device>] = []
        for device in all
        where devices[device].wouldSuit(bid) && !isPromised(device, against: function, oldest) {
            hopeful.append(device)
        }
        guard needed > 0, hopeful.count >= needed else { return [] }
        hopeful.sort { isEmptier($0, than: $1) }
        hopeful.removeLast(hopeful.count - needed)
        let isLarge = hopeful.contains { device in
            switch devices[device].obstacle(to: bid) {
            case .shared, .memory: true
            case .places, .cordoned, .unbound, .unseen, nil: false
            }
        }
        return needed > 1 || isLarge ? hopeful : []
    }

    /// Memory may be free that was not when a device was looked at last, and nothing would tell.
    mutating func wishToSee(devicesFor worker: Index<Worker>, of function: Index<Function>) {
        let bid = bid(of: function, on: worker)
        for device in choice(for: bid, of: function, on: worker).all
        where devices[device].obstacle(to: bid) == .memory { wishToSee(device) }
    }

    /// Promises devices to the function, and takes back what was promised before.
    mutating func promise(_ wanted: [Index<Device>], to function: Index<Function>) {
        let before = functions[function].promised
        // An older one may have had the device meanwhile.
        guard before != wanted || !wanted.allSatisfy({ devices[$0].promisedTo == function })
        else { return }
        functions[function].promised = wanted
        for device in before
        where !wanted.contains(device) && devices[device].promisedTo == function {
            devices[device].promisedTo = .none
            deviceChanged(device)
        }
        for device in wanted { devices[device].promisedTo = function }
    }

    /// A worker has less room: what waits for it waits for more than devices now, and keeps none.
    mutating func reconsiderPromises(servedBy worker: Index<Worker>) {
        for device in deviceList {
            let function = devices[device].promisedTo
            guard !function.isNone, functions[function].workers.contains(worker) else { continue }
            mark(functions[function].queue)
        }
    }

    /// Whether one of the devices was promised to somebody older since the seat was found.
    mutating func isPromised(_ choice: Choice) -> Bool {
        for position in 0..<choice.seat.placement.count
        where isPromised(
            choice.seat.placement[position], against: choice.function, choice.oldest)
        {
            return true
        }
        return false
    }

    // MARK: Taking and freeing

    /// A batch begins to be on its devices.
    mutating func occupy(_ placement: Placement, with grant: Index<Grant>) {
        guard !placement.isEmpty else { return }
        let (function, worker) = (grants[grant].function, grants[grant].worker)
        let bid = bid(of: function, on: worker)
        // What a worker holds over a restart is not measured by what there is, and may be said to
        // be anything; more than the whole device makes no difference.
        var most = 0
        for position in 0..<placement.count {
            most = max(most, devices[placement[position]].description.memory ?? 0)
        }
        let bytes = min(bid.reservation(of: grants[grant].items.count), most)
        grants[grant].placement = placement
        grants[grant].reserved = bytes
        grants[grant].isExclusive = bid.isExclusive
        for position in 0..<placement.count {
            let device = placement[position]
            devices[device].batches.append(Device.Batch(grant: grant, queue: grants[grant].queue))
            devices[device].change(bid.process) { holder in
                holder.running += bytes
                holder.batches += 1
                holder.exclusiveBatches += bid.isExclusive ? 1 : 0
            }
        }
        areDevicesUnsettled = true
        noteItems(of: worker)
    }

    private mutating func noteItems(of worker: Index<Worker>) {
        let lease = workers[worker].lease
        guard !lease.isNone else { return }
        var items = 0
        for grant in workers[worker].grants { items += grants[grant].items.count }
        leases[lease].mostItems = max(leases[lease].mostItems, items)
    }

    /// A batch is no longer on its devices.
    mutating func vacate(_ grant: Index<Grant>) {
        let placement = grants[grant].placement
        guard !placement.isEmpty else { return }
        let process = workers[grants[grant].worker].key
        let (bytes, wasExclusive) = (grants[grant].reserved, grants[grant].isExclusive)
        for position in 0..<placement.count {
            let device = placement[position]
            devices[device].batches.removeAll { $0.grant == grant }
            devices[device].change(process) { holder in
                holder.running -= bytes
                holder.batches -= 1
                holder.exclusiveBatches -= wasExclusive ? 1 : 0
            }
            deviceChanged(device)
        }
        grants[grant].placement = Placement()
        areDevicesUnsettled = true
        reconsiderApplicants()
    }
}

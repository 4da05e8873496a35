import SluiceModel

// What devices there are and how they are, as it is found, and what follows from that for the
// queues that are bound to them.

extension Engine {
    // MARK: Discovery

    /// Takes in all devices that there are, found and declared. One that is not among them any
    /// more is lost.
    mutating func find(
        _ found: [DeviceDescription], at now: Instant, into effects: inout Effects
    ) {
        areDevicesKnown = true
        let names = Set(found.map(\.name))
        for description in found { find(description, at: now, into: &effects) }
        for index in deviceList where !names.contains(devices[index].name) {
            guard isWorthKeeping(index) else {
                drop(index)
                continue
            }
            lose(index, "it is not found any more", at: now, into: &effects)
        }
        bindQueues(into: &effects)
        takeBackApplicants(at: now, into: &effects)
        hasRoomForApplicants = true
        areDevicesUnsettled = true
    }

    private mutating func find(
        _ description: DeviceDescription, at now: Instant, into effects: inout Effects
    ) {
        let rules = DeviceRules(description, settings(of: description.name))
        guard let index = devicesByName[description.name] else {
            guard deviceList.count < Limits.devices else { return }
            let index = devices.insert(Device(description, rules))
            devicesByName[description.name] = index
            deviceList.append(index)
            effects.append(other: .notice(.deviceFound(description)))
            guard let reason = operatorCordons[description.name] else { return }
            return cordon(index, .byOperator(reason), at: now, into: &effects)
        }
        devices[index].description = description
        devices[index].rules = rules
        noteGone(from: index, at: now, into: &effects) {
            if case .lost = $0 { true } else { false }
        }
        deviceChanged(index)
    }

    private func settings(of device: String) -> DeviceSettings? {
        configuration.devices.first { $0.name == device }
    }

    /// What was declared and is not any more is forgotten; hardware that is gone is missed.
    private func isWorthKeeping(_ index: Index<Device>) -> Bool {
        guard !devices[index].isInUse else { return true }
        switch devices[index].description.kind {
        case .nvidia, .amd: return true
        case .generic, .simulated: return settings(of: devices[index].name) != nil
        }
    }

    private mutating func drop(_ index: Index<Device>) {
        devicesByName[devices[index].name] = nil
        deviceList.removeAll { $0 == index }
        for function in functions.indices {
            functions[function].deviceCeilings[index] = nil
            promise(functions[function].promised.filter { $0 != index }, to: function)
        }
        deadlines.disarm(armedFor: devices[index].wakesAt)
        devices[index].wakesAt = .distantFuture
        devices[index].watch = .off
        devices.free(index)
    }

    /// The configuration says other things about devices and queues.
    mutating func reconfigureDevices(at now: Instant) {
        for index in deviceList {
            devices[index].rules = DeviceRules(
                devices[index].description, settings(of: devices[index].name))
            deviceChanged(index)
            rearm(index, at: now)
        }
        hasRoomForApplicants = true
        areDevicesUnsettled = true
    }

    // MARK: Samples and troubles

    mutating func take(
        _ sample: DeviceSample, of name: String, at now: Instant, into effects: inout Effects
    ) {
        guard let index = devicesByName[name] else { return }
        devices[index].sample = sample
        devices[index].sampledAt = now
        // Who waits for its memory still is about to be looked at again, and says so.
        devices[index].isWished = false
        if devices[index].isWatched { devices[index].watch = .current }
        for position in devices[index].holders.indices {
            devices[index].holders[position].seen = devices[index].seen(
                devices[index].holders[position].process)
            devices[index].holders[position].samplesToCome -= 1
        }
        devices[index].holders.removeAll { $0.isGone && $0.samplesToCome <= 0 }
        areDevicesUnsettled = areDevicesUnsettled || !devices[index].isInUse
        learnMemory(from: index)
        if let degrees = sample.temperature {
            checkTemperature(degrees, of: index, at: now, into: &effects)
        }
        rearm(index, at: now)
        deviceChanged(index)
        hasRoomForApplicants = true
    }

    mutating func take(
        _ trouble: DeviceTrouble, of name: String, at now: Instant, into effects: inout Effects
    ) {
        guard let index = devicesByName[name] else { return }
        switch trouble {
        case .lost(let reason): lose(index, reason, at: now, into: &effects)
        case .fault(let reason):
            cordon(index, .fault(reason), at: now, into: &effects)
            // The error is over when it is told; what must pass is time without another.
            noteGone(from: index, at: now, into: &effects) {
                if case .fault = $0 { true } else { false }
            }
            dismissWorkers(runningOn: index, "\(reason) on device \(name)", into: &effects)
        }
    }

    private mutating func lose(
        _ index: Index<Device>, _ reason: String, at now: Instant, into effects: inout Effects
    ) {
        cordon(index, .lost(reason), at: now, into: &effects)
        let name = devices[index].name
        dismissWorkers(runningOn: index, "device \(name) is lost: \(reason)", into: &effects)
        for lease in devices[index].leases {
            dismiss(leases[lease].worker, "device \(name) is lost: \(reason)", into: &effects)
        }
    }

    /// What runs on the device will not come to a good end, and nobody knows what its process is
    /// worth after that: it is treated as if it had died, and told to go.
    private mutating func dismissWorkers(
        runningOn index: Index<Device>, _ reason: String, into effects: inout Effects
    ) {
        let affected = devices[index].batches.map { grants[$0.grant].worker }
        for worker in affected { dismiss(worker, reason, into: &effects) }
    }

    mutating func dismiss(
        _ worker: Index<Worker>, _ reason: String, into effects: inout Effects
    ) {
        guard !worker.isNone, !workers[worker].isDismissed else { return }
        workers[worker].isDismissed = true
        workerChanged(worker)
        effects.append(other: .deniedDevices(workers[worker].id, reason: reason))
    }

    /// A process that has done nothing yet shows what its model weighs, and one that ran batches
    /// what their requests take. Only of workers that serve one function: of others nobody knows
    /// whose it is. Frameworks keep what they once had, so the most at once is what counts.
    private mutating func learnMemory(from index: Index<Device>) {
        for lease in devices[index].leases where leases[lease].devices.first == index {
            let worker = leases[lease].worker
            guard !worker.isNone, workers[worker].functions.count == 1,
                let function = workers[worker].functions.first,
                let seen = devices[index].holder(leases[lease].process)?.seen, seen > 0
            else { continue }
            guard leases[lease].mostItems > 0 else {
                // Two that differ would contradict each other at every look.
                guard leases[lease].baseline != seen else { continue }
                leases[lease].baseline = seen
                // One that came back has run batches before, for all that is known.
                guard !leases[lease].isReturned || functions[function].learnedMemory == nil
                else { continue }
                functions[function].learnedMemory = seen
                noteMemory(of: function)
                // What was known before may have been another model's.
                weigh(worker)
                continue
            }
            guard let baseline = leases[lease].baseline, seen > baseline else { continue }
            let perItem = (seen - baseline) / leases[lease].mostItems
            functions[function].learnedMemoryPerItem = max(
                functions[function].learnedMemoryPerItem ?? 0, perItem)
            noteMemory(of: function)
        }
    }

    // MARK: Queues

    /// Finds out which devices each queue is bound to, and how many places that makes.
    private mutating func bindQueues(into effects: inout Effects) {
        for queue in queues.indices {
            bindDevices(of: queue)
            resolve(queue, into: &effects)
        }
    }

    /// Notes the devices of a queue, be they usable or not.
    mutating func bindDevices(of queue: Index<Queue>) {
        for device in queues[queue].devices {
            devices[device].queues.removeAll { $0 == queue }
        }
        queues[queue].devices = deviceList.filter {
            queues[queue].rules.devices.includes(devices[$0].name)
        }
        for device in queues[queue].devices { devices[device].queues.append(queue) }
    }

    /// Batches for which the selected devices have places; nil: none are selected.
    func places(of selection: DeviceSelection, each: Limit) -> Limit? {
        guard selection != .unbound else { return nil }
        let usable = deviceList.count {
            selection.includes(devices[$0].name) && devices[$0].isUsable
        }
        return each.number.map { .at($0 * usable) } ?? (usable > 0 ? Limit.none : .at(0))
    }

    /// Something about the device changed that may let somebody start.
    mutating func deviceChanged(_ index: Index<Device>) {
        for queue in devices[index].queues {
            mark(queue)
            statusChanged(in: queue)
        }
        for lease in devices[index].leases {
            let worker = leases[lease].worker
            if !worker.isNone { markFunctions(of: worker) }
        }
    }

    // MARK: Watching

    /// How long a device is looked at when nothing uses it any more: the next batch is near.
    private static var rest: Duration { .seconds(10) }
    /// How long a sample is waited for before anything starts on a device that was not used.
    private static var longestLook: Duration { .seconds(2) }

    /// Says which devices are to be sampled from now on, where that is news: those that somebody
    /// uses or waits for. What nobody uses costs nothing.
    mutating func watchDevices(at now: Instant, into effects: inout Effects) {
        guard areDevicesUnsettled else { return }
        areDevicesUnsettled = false
        var isNews = false
        for index in deviceList {
            let isWanted = devices[index].isInUse || isAwaited(index)
            if isWanted {
                if !devices[index].isWatched {
                    isNews = true
                    devices[index].watch =
                        devices[index].tellsMemory
                        ? .awaited(until: now + Self.longestLook) : .current
                }
                devices[index].restsAt = .distantFuture
            } else if devices[index].isWatched, devices[index].restsAt == .distantFuture {
                devices[index].restsAt = now + Self.rest
            } else if devices[index].isWatched, devices[index].restsAt <= now {
                devices[index].watch = .off
                devices[index].restsAt = .distantFuture
                isNews = true
            }
            rearm(index, at: now)
        }
        guard isNews else { return }
        let watched = deviceList.filter { devices[$0].isWatched }.map { devices[$0].name }
        effects.append(other: .sample(devices: watched.sorted()))
    }

    /// Whether a look at the device may give it back, or show room for somebody.
    private mutating func isAwaited(_ index: Index<Device>) -> Bool {
        if devices[index].isWished { return true }
        if devices[index].rules.uncordonAfter != nil,
            devices[index].cordons.contains(where: { $0.cordon.endsByItself })
        {
            return true
        }
        return !applicants.isEmpty
    }

    // MARK: Time

    /// Arms the device's timer for whatever comes first.
    mutating func rearm(_ index: Index<Device>, at now: Instant) {
        // A rest that is due is seen to before the turn is over.
        var moment = devices[index].restsAt > now ? devices[index].restsAt : .distantFuture
        for holder in devices[index].holders { moment = min(moment, holder.forgottenAt) }
        if case .awaited(let end) = devices[index].watch { moment = min(moment, end) }
        if let span = devices[index].rules.uncordonAfter {
            for cordoned in devices[index].cordons where cordoned.goneSince < .distantFuture {
                moment = min(moment, cordoned.goneSince + span)
            }
        }
        guard moment != devices[index].wakesAt else { return }
        deadlines.disarm(armedFor: devices[index].wakesAt)
        devices[index].wakesAt = moment
        deadlines.arm(.device(index), at: moment)
    }

    mutating func wake(_ index: Index<Device>, at now: Instant, into effects: inout Effects) {
        devices[index].wakesAt = .distantFuture
        let before = devices[index].holders.count
        devices[index].holders.removeAll { $0.forgottenAt <= now }
        var isChanged = devices[index].holders.count != before
        if case .awaited(let end) = devices[index].watch, end <= now {
            devices[index].watch = .current
            isChanged = true
        }
        if isChanged {
            deviceChanged(index)
            hasRoomForApplicants = true
        }
        endCordons(of: index, at: now, into: &effects)
        areDevicesUnsettled = true
        rearm(index, at: now)
    }
}

extension DeviceSelection {
    func includes(_ name: String) -> Bool {
        switch self {
        case .unbound: false
        case .all: true
        case .named(let names): names.contains(name)
        }
    }
}

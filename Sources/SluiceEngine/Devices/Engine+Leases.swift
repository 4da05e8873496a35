import SluiceModel

// Leases of workers: how they are asked for, given, given back to who comes back, and how they end.

extension Engine {
    mutating func lease(
        _ request: LeaseRequest, to id: WorkerID, at now: Instant, into effects: inout Effects
    ) {
        guard let worker = workersByID[id] else { return }
        if let reason = objection(to: request, by: worker) {
            return effects.append(other: .deniedDevices(id, reason: reason))
        }
        if request.isHeld {
            return take(back: request, of: worker, at: now, into: &effects)
        }
        // A process that begins anew has let go of what it had.
        if let old = leasesByProcess[workers[worker].key] {
            end(old, at: now, isGone: false)
        }
        applicants.append(
            Applicant(worker: worker, id: id, request: request, place: lastPlace))
        hasRoomForApplicants = true
        areDevicesUnsettled = true
    }

    private func objection(to request: LeaseRequest, by worker: Index<Worker>) -> String? {
        // By process: several connections of one would each be given devices for it. One that
        // holds some, and comes back again before they are known, is given no more than it holds.
        let asksAlready = applicants.contains { applicant in
            workers[applicant.worker].key == workers[worker].key
                && (applicant.worker == worker || !applicant.request.isHeld || !request.isHeld)
        }
        if asksAlready {
            return "process \(workers[worker].process) asks for devices already; it asks once"
        }
        if let lease = leasesByProcess[workers[worker].key], !leases[lease].worker.isNone,
            leases[lease].worker != worker, !request.isHeld
        {
            return "process \(workers[worker].process) has devices already, by another connection"
        }
        if !workers[worker].lease.isNone {
            return "a worker asks for devices once, and this one has its own"
        }
        if !workers[worker].functions.isEmpty {
            return "a worker asks for devices before it declares a function"
        }
        return nil
    }

    mutating func grant(
        _ chosen: [Index<Device>], to applicant: Applicant, at now: Instant,
        into effects: inout Effects
    ) {
        open(
            applicant.worker, chosen, memory: applicant.request.memory ?? 0,
            isExclusive: applicant.request.isExclusive)
        tell(applicant.worker, into: &effects)
    }

    private mutating func open(
        _ worker: Index<Worker>, _ chosen: [Index<Device>], memory: Int, isExclusive: Bool
    ) {
        let process = workers[worker].key
        let ordered = chosen.sorted { devices[$0].name < devices[$1].name }
        let lease = leases.insert(
            Lease(
                process: process, worker: worker, devices: ordered, memory: memory,
                isExclusive: isExclusive))
        leasesByProcess[process] = lease
        workers[worker].lease = lease
        for device in ordered {
            devices[device].leases.append(lease)
            devices[device].change(process) { holder in
                holder.hasLease = true
                holder.endResidue()
                holder.leased = memory
                holder.leaseIsExclusive = isExclusive
                holder.isGone = false
                holder.forgottenAt = .distantFuture
            }
            deviceChanged(device)
        }
        areDevicesUnsettled = true
        reconsiderApplicants()
    }

    /// Tells the worker what it has, and what to put into its environment. One that is back has
    /// that already.
    private func tell(
        _ worker: Index<Worker>, isBack: Bool = false, into effects: inout Effects
    ) {
        let held = leases[workers[worker].lease].devices
        effects.append(
            other: .bound(
                workers[worker].id, devices: held.map { devices[$0].name },
                environment: isBack ? [] : environment(of: held)))
    }

    private func environment(of held: [Index<Device>]) -> [String] {
        var variables: [String: [String]] = [:]
        for device in held {
            guard let visibility = devices[device].description.visibility else { continue }
            variables[visibility.variable, default: []].append(visibility.value)
        }
        variables["SLUICE_DEVICES"] = held.map { devices[$0].name }
        return variables.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value.joined(separator: ","))"
        }
    }

    // MARK: Coming back

    /// A worker has its devices still, whatever became of its connection or of the daemon. They
    /// are its own even where that is more than there is: it uses them.
    private mutating func take(
        back request: LeaseRequest, of worker: Index<Worker>, at now: Instant,
        into effects: inout Effects
    ) {
        let held = request.devices.compactMap { devicesByName[$0] }
        guard held.count == request.devices.count, !held.isEmpty else {
            guard areDevicesKnown else {
                // What was there before will be found in a moment.
                applicants.append(
                    Applicant(
                        worker: worker, id: workers[worker].id, request: request,
                        place: lastPlace))
                return
            }
            let missing = request.devices.filter { devicesByName[$0] == nil }
            return effects.append(
                other: .deniedDevices(
                    workers[worker].id,
                    reason: "it holds \(missing.joined(separator: ", ")), and there is "
                        + deviceNames))
        }
        replaceConnection(with: worker, into: &effects)
        if let known = leasesByProcess[workers[worker].key],
            Set(leases[known].devices) == Set(held)
        {
            leases[known].worker = worker
            workers[worker].lease = known
            weigh(worker)
        } else {
            if let old = leasesByProcess[workers[worker].key] { end(old, at: now, isGone: false) }
            open(
                worker, held, memory: request.memory ?? 0, isExclusive: request.isExclusive)
            leases[workers[worker].lease].isReturned = true
        }
        tell(worker, isBack: true, into: &effects)
    }

    /// A process has one connection: where the end of an earlier one is not known yet, nothing
    /// more is given to that.
    private mutating func replaceConnection(
        with worker: Index<Worker>, into effects: inout Effects
    ) {
        guard let lease = leasesByProcess[workers[worker].key] else { return }
        let earlier = leases[lease].worker
        guard !earlier.isNone, earlier != worker else { return }
        workers[earlier].lease = .none
        dismiss(earlier, "its process has another connection", into: &effects)
    }

    /// Devices are known for the first time: who came back before has its own.
    mutating func takeBackApplicants(at now: Instant, into effects: inout Effects) {
        let returned = applicants.filter(\.request.isHeld)
        guard !returned.isEmpty else { return }
        applicants.removeAll(where: \.request.isHeld)
        for applicant in returned {
            take(back: applicant.request, of: applicant.worker, at: now, into: &effects)
        }
    }

    // MARK: Weights

    /// What the functions of a worker weigh counts as soon as it has said what it serves.
    mutating func weigh(_ worker: Index<Worker>) {
        let lease = workers[worker].lease
        guard !lease.isNone else { return }
        var weights = 0
        // One that has to go loads nothing any more.
        if !workers[worker].isDismissed {
            for function in workers[worker].functions {
                weights += functions[function].memory ?? 0
            }
        }
        let process = leases[lease].process
        let memory = min(max(leases[lease].memory, weights), Limits.memoryBytes)
        for device in leases[lease].devices
        where devices[device].holder(process).map({
            $0.leased != memory || $0.isResidueExclusive
        }) ?? false {
            devices[device].change(process) { holder in
                holder.leased = memory
                holder.endResidue()
            }
            deviceChanged(device)
            reconsiderApplicants()
        }
    }

    /// What a worker serves weighs more than it said when it asked, and the device that it was
    /// given is promised to others beside it: they would keep each other from running anything. Its
    /// environment is set for that device, so nothing but a new process can have another.
    mutating func refuseWeight(of worker: Index<Worker>, into effects: inout Effects) {
        let lease = workers[worker].lease
        guard !lease.isNone, !leases[lease].isReturned, !leases[lease].isSettled else { return }
        let weight = workers[worker].functions.reduce(0) { sum, function in
            sum + (functions[function].rules.memory ?? 0)
        }
        guard weight > leases[lease].memory else { return }
        for device in leases[lease].devices {
            guard let total = devices[device].description.memory else { continue }
            let others = devices[device].leased(besides: leases[lease].process)
            let room = total - devices[device].rules.reserve - others
            guard weight > room else { continue }
            return dismiss(
                worker,
                "its functions weigh \(weight) bytes, and \(max(0, room)) of device "
                    + "\(devices[device].name) are promised to nobody; it should say so when it "
                    + "asks for devices, with memory= of Worker, and is given one that has them",
                into: &effects)
        }
    }

    /// A worker that says what it takes has said what it still runs: what its earlier connection
    /// left reserved is not needed any more.
    mutating func endResidue(of worker: Index<Worker>) {
        guard !deviceList.isEmpty else { return }
        weigh(worker)
        for device in deviceList
        where devices[device].holder(workers[worker].key)?.isResidue == true {
            devices[device].change(workers[worker].key) { $0.endLease() }
            deviceChanged(device)
            reconsiderApplicants()
        }
    }

    // MARK: Ends

    /// The worker's connection is gone, and its process maybe is not: what it has of devices is
    /// its own until that is known.
    mutating func loosen(_ worker: Index<Worker>) {
        // Also where it was the last: what was kept for it is not any more.
        reconsiderApplicants()
        applicants.removeAll { $0.worker == worker }
        if !workers[worker].lease.isNone {
            leases[workers[worker].lease].worker = .none
        }
        areDevicesUnsettled = areDevicesUnsettled || !devicesByName.isEmpty
    }

    /// A process computes on, though its connection is gone and its batches count as lost: what
    /// they reserved stays reserved.
    mutating func keepReserved(_ grant: Index<Grant>) {
        let process = workers[grants[grant].worker].key
        for position in 0..<grants[grant].placement.count {
            let (bytes, isExclusive) = (grants[grant].reserved, grants[grant].isExclusive)
            devices[grants[grant].placement[position]].change(process) { holder in
                holder.isResidue = !holder.hasLease || holder.isResidue
                holder.hasLease = true
                holder.leased += bytes
                holder.isResidueExclusive = holder.isResidueExclusive || isExclusive
            }
        }
    }

    /// The process is gone, and with it every right to a device. Its memory is free when it is
    /// seen to be.
    mutating func endProcess(
        _ number: Int32, of worker: WorkerID, at now: Instant, into effects: inout Effects
    ) {
        let process = ProcessKey(process: number, of: worker)
        if let lease = leasesByProcess[process] { end(lease, at: now, isGone: true) }
        for index in deviceList where devices[index].holder(process)?.isGone == false {
            fade(process, on: index, at: now)
        }
        endHanging(of: process, into: &effects)
        hasRoomForApplicants = true
    }

    private mutating func end(_ lease: Index<Lease>, at now: Instant, isGone: Bool) {
        let ended = leases[lease]
        leasesByProcess[ended.process] = nil
        if !ended.worker.isNone { workers[ended.worker].lease = .none }
        for device in ended.devices {
            devices[device].leases.removeAll { $0 == lease }
            if isGone {
                fade(ended.process, on: device, at: now)
            } else {
                devices[device].change(ended.process) { $0.endLease() }
                deviceChanged(device)
            }
        }
        leases.free(lease)
        areDevicesUnsettled = true
        reconsiderApplicants()
    }

    /// Until when memory that is not seen to be free is counted as taken.
    private static var patience: Duration { .seconds(10) }

    /// What a process had counts until the device was looked at twice: the first look may have
    /// begun before the end. Where nobody can look, it is free at once.
    private mutating func fade(_ process: ProcessKey, on device: Index<Device>, at now: Instant) {
        let canBeSeen =
            devices[device].description.memory != nil && devices[device].sample?.used != nil
        devices[device].change(process) { holder in
            guard canBeSeen, holder.charge > 0 else { return holder = Holder(process: process) }
            let (charge, seen) = (holder.charge, holder.seen)
            holder = Holder(process: process)
            holder.leased = charge
            holder.seen = seen
            holder.isGone = true
            holder.samplesToCome = 2
            holder.forgottenAt = now + Self.patience
        }
        deviceChanged(device)
        areDevicesUnsettled = true
        rearm(device, at: now)
    }
}

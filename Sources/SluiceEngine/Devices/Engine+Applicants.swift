import SluiceModel

// Workers that wait for devices. Who asks gets all its devices at once or waits, oldest first:
// nobody holds one while it waits for another, so nobody waits in a circle, and a device that an
// older one waits for is given to no younger one, so nobody waits for ever.

extension Engine {
    /// Gives devices to everybody for whom there are some: once a turn, as everything is decided.
    mutating func serveApplicants(at now: Instant, into effects: inout Effects) {
        // A worker that comes back may have what a new one would be given.
        guard areDevicesKnown, !isGathering else { return }
        hasRoomForApplicants = false
        let kept = deviceList.map { devices[$0].keptSince }
        guard !applicants.isEmpty || kept.contains(where: { $0 != nil }) else { return }
        areDevicesUnsettled = true
        for device in deviceList { devices[device].keptSince = nil }
        var left: [Applicant] = []
        var wanted: Set<Index<Device>> = []
        for applicant in applicants {
            let candidates = deviceList.filter { isCandidate($0, for: applicant.request) }
            if let reason = impossibility(of: applicant.request, candidates) {
                effects.append(other: .deniedDevices(applicant.id, reason: reason))
                continue
            }
            // Nobody younger waits because of a device that would never do.
            let suitable = candidates.filter { isLargeEnough($0, for: applicant.request) }
            let areSeen = suitable.allSatisfy { devices[$0].isSeen || !devices[$0].isUsable }
            let open = suitable.filter { !wanted.contains($0) }
            let free = open.filter { areSeen && isFree($0, for: applicant) }
            guard free.count >= applicant.request.count else {
                keep(open, for: applicant)
                wanted.formUnion(suitable)
                left.append(applicant)
                continue
            }
            let chosen = free.sorted { isBetter($0, than: $1) }.prefix(applicant.request.count)
            grant(Array(chosen), to: applicant, at: now, into: &effects)
        }
        applicants = left
        for (device, place) in zip(deviceList, kept) where devices[device].keptSince != place {
            deviceChanged(device)
        }
    }

    /// Something changed that may let somebody have its devices, or no more wait for batches alone.
    mutating func reconsiderApplicants() {
        if !applicants.isEmpty { hasRoomForApplicants = true }
    }

    /// Where the end of batches is all that it waits for, nothing younger starts, or others could
    /// keep it waiting for ever.
    private mutating func keep(_ open: [Index<Device>], for applicant: Applicant) {
        let process = workers[applicant.worker].key
        var hopeful = open.filter { devices[$0].wouldSuit(applicant.request, of: process) }
        guard hopeful.count >= applicant.request.count else { return }
        hopeful.sort { isEmptier($0, than: $1) }
        for device in hopeful.prefix(applicant.request.count) {
            devices[device].keptSince = applicant.place
        }
    }

    /// Whether it could have the device if nobody else had anything of it.
    private func isLargeEnough(_ index: Index<Device>, for request: LeaseRequest) -> Bool {
        guard let total = devices[index].description.memory, let wanted = request.memory else {
            return true
        }
        return total - devices[index].rules.reserve >= wanted
    }

    private func isCandidate(_ index: Index<Device>, for request: LeaseRequest) -> Bool {
        request.devices.isEmpty || request.devices.contains(devices[index].name)
    }

    /// Why the request can never be met; nil: it may be.
    private func impossibility(
        of request: LeaseRequest, _ candidates: [Index<Device>]
    ) -> String? {
        if let unknown = request.devices.first(where: { devicesByName[$0] == nil }) {
            return "there is no device \(unknown); there is \(deviceNames)"
        }
        guard candidates.count >= request.count else {
            return "it wants \(request.count) devices of \(candidates.count)"
        }
        guard let memory = request.memory else { return nil }
        let large = candidates.count { isLargeEnough($0, for: request) }
        guard large < request.count else { return nil }
        return "it wants \(memory) bytes on each of \(request.count) devices, and \(large) have "
            + "that much beside their reserve"
    }

    var deviceNames: String {
        devicesByName.isEmpty ? "none" : devicesByName.keys.sorted().joined(separator: ", ")
    }

    private func isFree(_ index: Index<Device>, for applicant: Applicant) -> Bool {
        let process = workers[applicant.worker].key
        return devices[index].isUsable
            && devices[index].isOpen(to: process, exclusively: applicant.request.isExclusive)
            && devices[index].fits(applicant.request.memory ?? 0, of: process)
    }

    /// Fewer workers first, then more free memory, then the order in which they were found.
    private func isBetter(_ a: Index<Device>, than b: Index<Device>) -> Bool {
        let (first, second) = (devices[a].holders.count, devices[b].holders.count)
        if first != second { return first < second }
        let (room, other) = (devices[a].free ?? .max, devices[b].free ?? .max)
        return room != other ? room > other : devices[a].name < devices[b].name
    }
}

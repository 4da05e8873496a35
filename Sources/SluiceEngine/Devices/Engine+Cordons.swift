import SluiceModel

// A cordon keeps a device from anything new; what runs on it goes on. There may be several
// reasons at once, and the device is back when the last is gone: taken back by an operator, or by
// itself when its cause has been gone for long enough.

extension Engine {
    mutating func cordon(
        _ index: Index<Device>, _ cordon: Cordon, isCommanded: Bool = false, at now: Instant,
        into effects: inout Effects
    ) {
        let notice = Notice.deviceCordoned(devices[index].name, cordon, isCommanded: isCommanded)
        let known = devices[index].cordons.firstIndex { $0.cordon.isSameKind(as: cordon) }
        if let known {
            // An operator may change what was said; the temperature changes by itself.
            if isCommanded, devices[index].cordons[known].cordon != cordon {
                effects.append(other: .notice(notice))
            }
            devices[index].cordons[known].cordon = cordon
            devices[index].cordons[known].goneSince = .distantFuture
            return rearm(index, at: now)
        }
        let wasUsable = devices[index].isUsable
        devices[index].cordons.append(Cordoned(cordon: cordon, since: now))
        effects.append(other: .notice(notice))
        guard wasUsable else { return }
        usabilityChanged(index, into: &effects)
    }

    /// The cause of such cordons is gone, as far as can be seen.
    mutating func noteGone(
        from index: Index<Device>, at now: Instant, into effects: inout Effects,
        where isMeant: (Cordon) -> Bool
    ) {
        for position in devices[index].cordons.indices
        where isMeant(devices[index].cordons[position].cordon)
            && devices[index].cordons[position].goneSince == .distantFuture
        {
            devices[index].cordons[position].goneSince = now
        }
        endCordons(of: index, at: now, into: &effects)
        rearm(index, at: now)
    }

    /// Takes back what has been without a cause for long enough.
    mutating func endCordons(
        of index: Index<Device>, at now: Instant, into effects: inout Effects
    ) {
        guard let span = devices[index].rules.uncordonAfter else { return }
        lift(from: index, into: &effects) {
            $0.goneSince < .distantFuture && $0.goneSince + span <= now
        }
    }

    /// Takes cordons away, and the device is back if they were the last.
    mutating func lift(
        from index: Index<Device>, isCommanded: Bool = false, into effects: inout Effects,
        where isOver: (Cordoned) -> Bool
    ) {
        guard devices[index].cordons.contains(where: isOver) else { return }
        devices[index].cordons.removeAll(where: isOver)
        guard devices[index].isUsable else { return }
        effects.append(
            other: .notice(.deviceUncordoned(devices[index].name, isCommanded: isCommanded)))
        usabilityChanged(index, into: &effects)
    }

    private mutating func usabilityChanged(_ index: Index<Device>, into effects: inout Effects) {
        for queue in devices[index].queues { resolve(queue, into: &effects) }
        deviceChanged(index)
        areDevicesUnsettled = true
        hasRoomForApplicants = true
    }

    // MARK: Heat

    /// Degrees below the limit from which a device counts as cool again, so that it does not go
    /// to and fro.
    private static var coolness: Int { 5 }

    mutating func checkTemperature(
        _ degrees: Int, of index: Index<Device>, at now: Instant, into effects: inout Effects
    ) {
        guard let most = devices[index].rules.maxTemperature else {
            return noteGone(from: index, at: now, into: &effects) { $0.isHot }
        }
        if degrees >= most {
            cordon(index, .hot(degrees), at: now, into: &effects)
        } else if degrees <= most - Self.coolness {
            noteGone(from: index, at: now, into: &effects) { $0.isHot }
        }
    }

    // MARK: Workers that hang

    /// A worker that does not stop may compute on its devices for as long as it lives.
    mutating func cordonDevices(
        of grant: Index<Grant>, at now: Instant, into effects: inout Effects
    ) {
        let worker = grants[grant].worker
        for device in grants[grant].placement.all {
            cordon(
                device,
                .hung(process: workers[worker].process, worker: workers[worker].name), at: now,
                into: &effects)
        }
    }

    /// It stopped after all, or its process is gone.
    mutating func endHanging(of process: Int32, into effects: inout Effects) {
        for index in deviceList {
            lift(from: index, into: &effects) {
                if case .hung(process, _) = $0.cordon { true } else { false }
            }
        }
    }

    // MARK: What operators do

    mutating func cordon(
        device name: String, _ reason: String, at now: Instant, into effects: inout Effects
    ) throws(CommandError) {
        let index = try device(name)
        operatorCordons[name] = reason
        cordon(index, .byOperator(reason), isCommanded: true, at: now, into: &effects)
    }

    /// Gives the device back, whatever it was taken for. A cause that is still there takes it
    /// again; one that is not there at all cannot be given, and what an operator said of it is
    /// taken back all the same.
    mutating func uncordon(
        device name: String, into effects: inout Effects
    ) throws(CommandError) {
        // One that nobody found since a restart may have been cordoned before it.
        if devicesByName[name] == nil, operatorCordons.removeValue(forKey: name) != nil {
            throw .deviceLost(name)
        }
        let index = try device(name)
        operatorCordons[name] = nil
        if devices[index].cordons.contains(where: { $0.isLossInForce }) {
            lift(from: index, into: &effects) { !$0.isLossInForce }
            throw .deviceLost(name)
        }
        lift(from: index, isCommanded: true, into: &effects) { _ in true }
    }

    func device(_ name: String) throws(CommandError) -> Index<Device> {
        guard let device = devicesByName[name] else { throw .unknownDevice(name) }
        return device
    }
}

extension Cordon {
    fileprivate var isHot: Bool { if case .hot = self { true } else { false } }

    /// Whether looking at the device again and again may end it.
    var endsByItself: Bool {
        switch self {
        case .fault, .hot, .lost: true
        case .byOperator, .hung: false
        }
    }

    fileprivate func isSameKind(as other: Cordon) -> Bool {
        switch (self, other) {
        case (.hung(let process, _), .hung(let another, _)): process == another
        default: kind == other.kind
        }
    }
}

extension Cordoned {
    /// Whether the device is not there.
    fileprivate var isLossInForce: Bool {
        if case .lost = cordon { goneSince == .distantFuture } else { false }
    }
}

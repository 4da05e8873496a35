import SluiceEngine
import SluiceModel

// What happens to devices, and how it is told to the daemon.
extension World {
    mutating func openRack() {
        rack.line.send(.devicesFound(rack.found), arrivingAt: random.chance(700) ? now : soon(5))
        agenda.add(.devicesAct, at: soon(10))
        glance()
    }

    /// The daemon may look at what it found, before anybody wants something of it.
    private mutating func glance() {
        guard edition >= .heedless, random.chance(500) else { return }
        let moment = soon(8)
        for device in rack.devices {
            rack.line.send(.deviceSampled(device.name, sample(of: device)), arrivingAt: moment)
        }
    }

    /// A new daemon finds them anew, and looks at nothing yet.
    mutating func reopenRack() {
        guard edition >= .devices else { return }
        rack.line = Line()
        rack.strays = []
        rack.watched = []
        for name in rack.cordoned {
            opening.append(.restored(.cordon(device: name, reason: "as before")))
        }
        if random.chance(600) {
            opening.append(.devicesFound(rack.found))
        } else {
            rack.line.send(.devicesFound(rack.found), arrivingAt: soon(5))
        }
        glance()
    }

    mutating func devicesAct() {
        guard !isSettling else { return }
        let index = random.int(0...(rack.devices.count - 1))
        agenda.add(.devicesAct, at: soon(10))
        let name = rack.devices[index].name
        if random.chance(rack.rates.strangers) { changeStrangers(index) }
        if random.chance(rack.rates.heat) {
            rack.devices[index].temperature = random.pick([40, 82, 87, 95]) ?? 40
        }
        if random.chance(rack.rates.faults), rack.devices[index].isThere {
            rack.line.send(.deviceTroubled(name, .fault("Xid 48")), arrivingAt: arrival())
        }
        if random.chance(rack.rates.cordons) {
            if rack.cordoned.contains(name) {
                rack.cordoned.removeAll { $0 == name }
                command(.uncordon(device: name))
            } else {
                rack.cordoned.append(name)
                command(.cordon(device: name, reason: "a new fan"))
            }
        }
        if random.chance(rack.rates.cordons / 4) { command(.uncordon(device: name)) }
        if !rack.devices[index].isThere {
            if random.chance(500) { rack.devices[index].isThere = true }
            rack.line.send(.devicesFound(rack.found), arrivingAt: arrival())
        } else if random.chance(rack.rates.losses) {
            rack.devices[index].isThere = false
            let isNoticed = random.chance(500)
            rack.line.send(
                isNoticed
                    ? .deviceTroubled(name, .lost("GPU is lost")) : .devicesFound(rack.found),
                arrivingAt: arrival())
        }
    }

    private mutating func changeStrangers(_ index: Int) {
        guard rack.devices[index].strangers.count < 2, random.chance(500) else {
            return rack.devices[index].strangers.removeAll()
        }
        rack.devices[index].strangers.append(
            DeviceProcess(
                process: Int32(900_000 + random.int(0...9)), name: "blender",
                bytes: random.int(1...24) << 28))
    }

    // MARK: Looking

    mutating func hearWatched(_ devices: [String]) {
        rack.watched = devices
        guard !rack.isLooking, !devices.isEmpty else { return }
        rack.isLooking = true
        agenda.add(.samplerLooks, at: now + .microseconds(rack.interval))
    }

    mutating func samplerLooks() {
        rack.isLooking = !rack.watched.isEmpty
        guard rack.isLooking else { return }
        agenda.add(.samplerLooks, at: now + .microseconds(rack.interval))
        for name in rack.watched {
            guard let index = rack.index(name), rack.devices[index].isThere else { continue }
            // It is looked at now, and told when it is told.
            let sample = sample(of: rack.devices[index])
            let late = random.chance(300) ? random.span(0...rack.lateness) : .zero
            rack.line.send(.deviceSampled(name, sample), arrivingAt: now + late)
        }
    }

    private func sample(of device: Rack.Device) -> DeviceSample {
        var processes = device.strangers
        for worker in workers {
            guard let bytes = worker.uses[device.name], bytes > 0, worker.processEndsAt > now else {
                continue
            }
            let process = Int32(truncatingIfNeeded: worker.ids[0].rawValue)
            processes.append(
                worker.hasChild
                    ? DeviceProcess(
                        process: 100_000 + process, ancestors: [50_000 + process, process],
                        bytes: bytes)
                    : DeviceProcess(process: process, bytes: bytes))
        }
        let used = processes.reduce(0) { $0 + ($1.bytes ?? 0) }
        if device.candour == .noBytes {
            for position in processes.indices { processes[position].bytes = nil }
        }
        let tells = device.candour == .full || device.candour == .noBytes
        return DeviceSample(
            used: device.candour == .nothing ? nil : used, temperature: device.temperature,
            processes: tells ? processes : [])
    }

    // MARK: Memory

    /// Bytes in use by everybody.
    func trueUse(of device: Rack.Device) -> Int {
        let strangers = device.strangers.reduce(0) { $0 + ($1.bytes ?? 0) }
        return workers.reduce(strangers) { sum, worker in
            sum + (worker.processEndsAt > now ? worker.uses[device.name] ?? 0 : 0)
        }
    }

    /// The worker takes what it needs, and keeps it; false: there is not so much.
    mutating func take(_ bytes: Int, on name: String, worker index: Int) -> Bool {
        guard let device = rack.index(name).map({ rack.devices[$0] }) else { return true }
        let has = workers[index].uses[name] ?? 0
        if let total = device.description.memory, bytes > has,
            trueUse(of: device) + bytes - has > total
        {
            return false
        }
        workers[index].uses[name] = max(has, bytes)
        return true
    }

    func weights(of functions: [Int]) -> Int {
        functions.reduce(0) { sum, function in
            let plan = profile.functions[function]
            return sum + (plan.settings.memory ?? 1 << 28) / 100 * plan.truth
        }
    }

    /// Whether the batch fits where it is to run.
    mutating func takeMemory(for hand: Int, worker index: Int) -> Bool {
        guard edition >= .devices else { return true }
        let worker = workers[index]
        let batch = worker.hand[hand]
        let places = worker.isBound ? worker.held : batch.devices
        for name in places {
            var bytes = worker.isBound ? weights(of: profile.workers[worker.plan].functions) : 0
            for other in worker.hand where worker.isBound || other.devices.contains(name) {
                guard
                    let function = profile.functions.firstIndex(where: { $0.name == other.function }
                    )
                else { continue }
                let plan = profile.functions[function]
                let truth = worker.plan < 0 ? min(100, plan.truth) : plan.truth
                if !worker.isBound { bytes += (plan.settings.memory ?? 0) / 100 * truth }
                bytes += (plan.settings.memoryPerItem ?? 0) / 100 * truth * other.count
            }
            guard take(bytes, on: name, worker: index) else { return false }
        }
        return true
    }

    /// A tidy worker keeps nothing when it has nothing to do.
    mutating func tidyUp(worker index: Int) {
        guard workers[index].plan < 0, workers[index].hand.isEmpty else { return }
        workers[index].uses = [:]
    }

    // MARK: The end of trouble

    mutating func settleDevices() {
        guard edition >= .devices else { return }
        // What there is left to do may take its time.
        rack.interval = max(rack.interval, 250_000)
        for index in rack.devices.indices {
            rack.devices[index].isThere = true
            rack.devices[index].strangers = []
            rack.devices[index].temperature = 40
        }
        for index in rack.configuration.devices.indices {
            rack.configuration.devices[index].reserve = nil
            rack.configuration.devices[index].uncordonAfter = .some(.milliseconds(1))
        }
        for (queue, settings) in rack.configuration.queues where settings.devices != nil {
            rack.configuration.queues[queue]?.devices = .all
        }
        operatorLine.send(.configured(rack.configuration), arrivingAt: arrival())
        rack.line.send(.devicesFound(rack.found), arrivingAt: arrival())
        for device in rack.devices {
            // Behind whatever cordons it, and behind what finds it.
            command(.uncordon(device: device.name))
            rack.line.send(
                .commanded(.uncordon(device: device.name), token: nextToken()),
                arrivingAt: arrival())
        }
    }
}

import SluiceEngine
import SluiceModel

/// The devices of the made-up machine, as they really are, and what is said of them.
struct Rack {
    struct Device {
        var description: DeviceDescription
        var isThere = true
        /// Processes that nobody here knows, with what they have.
        var strangers: [DeviceProcess] = []
        var temperature = 40
        /// What the driver says of processes: all, no bytes, or nothing.
        var candour = Candour.full
        var name: String { description.name }
    }

    enum Candour { case full, noBytes, noProcesses, nothing }

    /// The old connection of a worker that has another by now, or will have.
    struct Stray {
        let process: WorkerID
        var line: Line
    }

    var devices: [Device] = []
    /// How a sample, a finding and a trouble come to the daemon.
    var line = Line()
    var strays: [Stray] = []
    /// What the daemon wants to be looked at.
    var watched: [String] = []
    var isLooking = false
    /// From one look to the next, and how late one may be, in microseconds.
    var interval = 1
    var lateness = 0
    /// What an operator took; it is kept over restarts.
    var cordoned: [String] = []
    var configuration = Configuration()
    /// Happenings in a thousand.
    var rates = Rates()

    struct Rates {
        var strangers = 0
        var faults = 0
        var losses = 0
        var heat = 0
        var cordons = 0
        var disconnections = 0
        /// Processes that live on when their connection is gone.
        var survivals = 0
    }

    func index(_ name: String) -> Int? { devices.firstIndex { $0.name == name } }

    var found: [DeviceDescription] { devices.filter(\.isThere).map(\.description) }

    init() {}

    init(pace: Int, from random: inout SeededRandom) {
        for number in 0..<random.int(1...4) {
            let kind: DeviceKind = random.chance(300) ? .nvidia : .simulated
            let memory = random.pick([10, 16, 24, nil]) ?? nil
            var description = DeviceDescription(
                name: "gpu\(number)", kind: kind, memory: memory.map { $0 << 30 },
                visibility: DeviceVisibility(
                    variable: "CUDA_VISIBLE_DEVICES", value: "GPU-\(number)"))
            if random.chance(500) { description.slowdownTemperature = 90 }
            var device = Device(description: description)
            device.candour =
                random.pick([.full, .full, .full, .noBytes, .noProcesses, .nothing]) ?? .full
            devices.append(device)
        }
        interval = pace * (random.pick([5, 20]) ?? 5)
        lateness = random.pick([0, pace, pace * 10]) ?? 0
        func rate(_ most: Int) -> Int { random.chance(500) ? random.int(1...most) : 0 }
        rates.strangers = rate(400)
        rates.faults = rate(60)
        rates.losses = rate(60)
        rates.heat = rate(150)
        rates.cordons = rate(200)
        rates.disconnections = rate(60)
        rates.survivals = rate(600)
    }
}

extension Profile {
    /// What functions and workers want of devices.
    mutating func equip(_ rack: Rack, from random: inout SeededRandom) {
        let devices = rack.devices.count
        for index in functions.indices {
            if random.chance(600) { functions[index].settings.memory = random.int(0...16) << 28 }
            if random.chance(500) {
                functions[index].settings.memoryPerItem = random.int(0...8) << 28
            }
            if random.chance(200) {
                functions[index].settings.deviceCount = random.int(1...devices)
            }
            if random.chance(150) { functions[index].settings.exclusive = true }
            // Where all are bound, the places are the limit.
            if random.chance(600) { functions[index].settings.concurrencyLimit = nil }
            functions[index].truth = random.int(50...130)
        }
        for index in workers.indices where random.chance(500) {
            var lease = LeaseRequest(count: random.chance(800) ? 1 : random.int(1...devices))
            if random.chance(600) {
                lease.memory = workers[index].functions.reduce(0) {
                    $0 + (functions[$1].settings.memory ?? 0)
                }
            }
            if random.chance(200) {
                lease.devices = rack.devices.map(\.name).filter { _ in random.chance(600) }
            }
            if random.chance(20) { lease.devices.append("gpu9") }
            lease.isExclusive = random.chance(200)
            workers[index].lease = lease
        }
    }
}

extension Profile {
    /// Few workers want devices, and they want them for themselves.
    mutating func wantAlone(from random: inout SeededRandom) {
        for index in workers.indices {
            workers[index].lease = index == 0 ? LeaseRequest(isExclusive: true) : nil
            if index > 0, random.chance(200) {
                workers[index].lease = LeaseRequest(memory: 8 << 30)
            }
        }
    }
}

extension Configuration {
    /// What is said of devices, and of the queues that are bound to them.
    mutating func addDevices(
        _ rack: Rack, of profile: Profile, from random: inout SeededRandom
    ) {
        let names = rack.devices.map(\.name)
        for queue in profile.queues where random.chance(700) {
            var settings = queues[queue] ?? QueueSettings()
            settings.devices =
                random.chance(700) ? .all : .named(names.filter { _ in random.chance(600) })
            if random.chance(500) { settings.perDeviceLimit = .at(random.int(1...3)) }
            if random.chance(50) { settings.perDeviceLimit = Limit.none }
            queues[queue] = settings
        }
        for function in profile.functions where random.chance(100) {
            var settings = functions[function.name] ?? FunctionSettings()
            settings.memory = random.int(0...16) << 28
            if random.chance(300) { settings.exclusive = random.chance(500) }
            functions[function.name] = settings
        }
        devices = []
        for name in names where random.chance(600) {
            var settings = DeviceSettings(name: name)
            if random.chance(300) { settings.reserve = random.int(0...8) << 28 }
            if random.chance(500) {
                settings.maxTemperature = random.chance(900) ? .at(85) : Limit.none
            }
            if random.chance(800) {
                settings.uncordonAfter =
                    random.chance(850)
                    ? .some(random.span(1...(profile.pace * 30))) : .some(nil)
            }
            devices.append(settings)
        }
    }
}

import SluiceDevices
import SluiceEngine
import SluiceModel
import SluiceSystem

/// The devices' place in the loop: what the sampler reports becomes events, and what the engine
/// wants to have looked at becomes orders.
struct DeviceWatch {
    private let sampler: DeviceSampler
    /// What the configuration says, and how often it wants a device in use to be sampled.
    private var settings: [DeviceSettings]
    private var discovers: Bool
    private var interval: Duration
    /// How simulated devices are; see `DeviceSearch`.
    private let simulation: String?
    /// What the engine wants to know of.
    private var watched: Set<String> = []
    /// What is not there, and when to look for it again.
    private var lost: Set<String> = []
    private var looksAgainAt: Instant?
    /// Whether it is known what there is.
    private(set) var areKnown = false
    /// Whether there was ever one.
    private(set) var hasDevices = false
    /// Whether a sample is awaited that nobody needs but to know how things stand.
    private(set) var isGlancing = false

    /// How often to look for what was lost.
    private static let searchInterval = Duration.seconds(10)

    /// - Parameter directory: where the state is kept; nil: nowhere.
    init(
        _ configuration: CheckedConfiguration, in directory: String?
    ) throws(SystemError) {
        sampler = try DeviceSampler()
        settings = configuration.engine.devices
        discovers = configuration.edge.discoverDevices
        interval = configuration.edge.deviceSampleInterval
        simulation = directory.map { "\($0)/simulated-devices" }
    }

    /// To be watched for reading.
    var number: CInt { sampler.number }

    /// Looks for what the configuration says.
    func search() throws(SystemError) {
        try sampler.start(
            DeviceSearch(settings: settings, discovers: discovers, simulation: simulation))
    }

    /// The configuration was read again: an operator who does that may have plugged something in.
    mutating func configure(_ configuration: CheckedConfiguration) throws(SystemError) {
        let interval = configuration.edge.deviceSampleInterval
        if interval != self.interval {
            self.interval = interval
            if !watched.isEmpty { sampler.watch(watched, every: interval) }
        }
        settings = configuration.engine.devices
        discovers = configuration.edge.discoverDevices
        try search()
    }

    /// The engine's wish; none: nothing is to be looked at.
    mutating func watch(_ names: [String], at now: Instant) {
        watched = Set(names)
        isGlancing = false
        if watched.isEmpty { sampler.rest() } else { sampler.watch(watched, every: interval) }
        rearm(at: now)
    }

    /// What happened, and what an operator should know.
    mutating func take(at now: Instant) -> (events: [Event], notes: [String]) {
        var reports: [DeviceReport] = []
        sampler.take(into: &reports)
        var events: [Event] = []
        var notes: [String] = []
        for report in reports {
            switch report {
            case .found(let devices):
                areKnown = true
                hasDevices = hasDevices || !devices.isEmpty
                lost.subtract(devices.map(\.name))
                events.append(.devicesFound(devices))
                lookOnce(at: devices)
            case .sampled(let readings):
                if isGlancing, watched.isEmpty { sampler.rest() }
                isGlancing = false
                for reading in readings {
                    events.append(.deviceSampled(reading.device, reading.sample))
                }
            case .troubled(let device, let trouble):
                if case .lost = trouble { lost.insert(device) }
                events.append(.deviceTroubled(device, trouble))
            case .note(let note): notes.append(note)
            }
        }
        rearm(at: now)
        return (events, notes)
    }

    /// What is there is seen before anybody is given it, and shown with its figures.
    private mutating func lookOnce(at devices: [DeviceDescription]) {
        guard watched.isEmpty, !devices.isEmpty else { return }
        isGlancing = true
        sampler.watch(every: interval)
    }

    var nextDeadline: Instant? { looksAgainAt }

    /// Looks for what is lost, when it is time to.
    mutating func searchAgain(at now: Instant) {
        guard let moment = looksAgainAt, moment <= now else { return }
        sampler.lookAgain()
        looksAgainAt = now + Self.searchInterval
    }

    /// Only what somebody wants back is looked for: nobody shall wake up for the rest.
    private mutating func rearm(at now: Instant) {
        if lost.isDisjoint(with: watched) {
            looksAgainAt = nil
        } else if looksAgainAt == nil {
            looksAgainAt = now + Self.searchInterval
        }
    }

    func stop() { sampler.stop() }
}

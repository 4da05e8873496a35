import SluiceModel

/// Devices that the configuration declares: generic ones, which are there as long as their device
/// nodes are, and of which nothing else is known; and simulated ones, which are as a file says.
final class Declared: DeviceSource {
    private let root: String
    private let simulation: Simulation?
    private let processes: ProcessTable
    private var settings: [String: DeviceSettings] = [:]

    init(_ search: DeviceSearch) {
        root = search.root
        simulation = search.simulation.map(Simulation.init)
        processes = ProcessTable(root: root)
        for device in search.settings where device.kind == .generic || device.kind == .simulated {
            settings[device.name] = device
        }
    }

    /// Those that are there; what is declared and not there is missing.
    func look() -> DeviceFindings {
        var findings = DeviceFindings()
        let state = simulation?.read()
        findings.notes = state?.notes ?? []
        let sorted = settings.values.sorted { $0.name < $1.name }
        for (index, device) in sorted.enumerated() {
            guard let kind = device.kind, loss(of: device, state) == nil else { continue }
            let description = DeviceDescription(
                name: device.name, kind: kind, model: kind.rawValue, identity: device.identity,
                memory: device.memory, paths: device.paths)
            findings.devices.append(
                FoundDevice(key: device.name, index: index, description: description))
        }
        findings.count = sorted.count
        return findings
    }

    /// Why it is not there; nil: it is.
    func loss(of name: String) -> String? {
        settings[name].flatMap { loss(of: $0, simulation?.read()) }
    }

    private func loss(of device: DeviceSettings, _ state: Simulation.State?) -> String? {
        guard device.kind == .generic else {
            return state?.devices[device.name]?.isLost == true ? "lost, as simulated" : nil
        }
        return device.paths.first { !SmallFile.exists(root + $0) }.map { "\($0) is missing" }
    }

    func sample(_ key: String) throws(DeviceFailure) -> DeviceSample {
        let state = simulation?.read()
        guard let device = settings[key] else {
            throw DeviceFailure(trouble: .lost("it is not declared any more"))
        }
        if let loss = loss(of: device, state) { throw DeviceFailure(trouble: .lost(loss)) }
        guard device.kind == .simulated else { return DeviceSample() }
        let simulated = state?.devices[key] ?? Simulation.Device()
        if let fault = simulated.fault { throw DeviceFailure(trouble: .fault(fault)) }
        var sample = simulated.sample
        sample.processes = processes.complete(sample.processes)
        if sample.used == nil { sample.used = sample.processes.reduce(0) { $0 + ($1.bytes ?? 0) } }
        return sample
    }
}

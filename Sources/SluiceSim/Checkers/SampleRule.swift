import SluiceEngine
import SluiceModel

/// Devices are looked at while somebody has something of them or waits for what a look may show,
/// and what nobody uses is left alone after a while.
struct SampleRule: Rule {
    static let name = "samples"

    private static let rest = Duration.seconds(10)
    private var idleSince: [String: Instant] = [:]

    mutating func end(_ model: Model, nextDeadline: Instant?, _ findings: inout Findings) {
        let watched = model.equipment.watched
        for device in model.equipment.devices {
            guard model.isToBeWatched(device) else {
                // Who waits may wait for its memory, of which a look may tell.
                let mayRest = watched.contains(device.name) && !model.mayBeWaitedFor(device)
                let since = mayRest ? idleSince[device.name] ?? model.now : model.now
                idleSince[device.name] = since
                guard mayRest, since + Self.rest <= model.now else { continue }
                findings.add(Self.self, "\(device.name) is looked at for nothing")
                continue
            }
            idleSince[device.name] = nil
            guard !watched.contains(device.name) else { continue }
            findings.add(Self.self, "\(device.name) is in use, and nobody looks")
        }
    }
}

extension Model {
    fileprivate func mayBeWaitedFor(_ device: Equipment.Device) -> Bool {
        device.description.memory != nil && functions.contains { $0.waiting > 0 }
    }

    fileprivate func isToBeWatched(_ device: Equipment.Device) -> Bool {
        if !equipment.applicants.isEmpty || isInUse(device) { return true }
        return uncordonAfter(device) != nil && device.cordons.contains { $0.cause.endsByItself }
    }
}

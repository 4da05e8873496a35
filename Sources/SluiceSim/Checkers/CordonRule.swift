import SluiceEngine
import SluiceModel

/// Operators read of each cordon when it comes, and when the last is gone, and it is so.
struct CordonRule: Rule {
    static let name = "cordons"

    /// Devices that are cordoned, as was said.
    private var said: Set<String> = []

    mutating func see(_ effect: Effect, _ model: Model, _ findings: inout Findings) {
        switch effect {
        case .notice(.deviceCordoned(let name, _, _)): said.insert(name)
        case .notice(.deviceUncordoned(let name, _)):
            guard said.remove(name) == nil else { return }
            findings.add(Self.self, "\(name) is given back, and was not taken")
        case .notice(.deviceFound(let description)): said.remove(description.name)
        default: break
        }
    }

    mutating func end(_ model: Model, nextDeadline: Instant?, _ findings: inout Findings) {
        for device in model.equipment.devices where device.isUsable == said.contains(device.name) {
            findings.add(
                Self.self,
                "\(device.name) is cordoned for \(device.cordons.map(\.cause)), and the opposite"
                    + " was said")
        }
    }
}

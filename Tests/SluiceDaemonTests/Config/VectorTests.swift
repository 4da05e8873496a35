import SluiceModel
import Testing

@testable import SluiceDaemon

@Suite("Configuration vectors")
struct ConfigurationVectorTests {
    @Test(
        "An invalid file gets exactly the errors recorded beside it",
        arguments: Vectors.names(in: "invalid"))
    func invalid(name: String) throws {
        let folder = "Tests/Vectors/config/invalid"
        let text = try Vectors.text(of: "\(folder)/\(name).toml")
        let file = ConfigurationFile(name: "\(name).toml", text: text)
        let errors = try #require(throws: ConfigurationErrors.self) {
            try CheckedConfiguration(reading: [file], accounts: .few)
        }
        let actual = errors.description + "\n"
        #expect(try actual == Vectors.expected(at: "\(folder)/\(name).errors", actual: actual))
    }

    @Test(
        "A valid file gives exactly the settings and warnings recorded beside it",
        arguments: Vectors.names(in: "valid"))
    func valid(name: String) throws {
        let folder = "Tests/Vectors/config/valid"
        let text = try Vectors.text(of: "\(folder)/\(name).toml")
        let file = ConfigurationFile(name: "\(name).toml", text: text)
        let checked = try CheckedConfiguration(reading: [file], accounts: .few)
        let defaults = Set(settings(of: CheckedConfiguration()))
        var lines = settings(of: checked).filter { !defaults.contains($0) }.sorted()
        lines += checked.warnings.map { "warning: \($0)" }
        let actual = lines.map { $0 + "\n" }.joined()
        #expect(try actual == Vectors.expected(at: "\(folder)/\(name).settings", actual: actual))
    }

    @Test("There are vectors of both kinds")
    func present() {
        #expect(Vectors.names(in: "invalid").count > 10)
        #expect(Vectors.names(in: "valid").count > 2)
    }
}

/// A line for every property, through all structures: `engine.daemon.maxRunning = 40`. What is
/// nil is left out.
private func settings(of value: Any, at path: String = "") -> [String] {
    if let duration = value as? Duration {
        let (seconds, attoseconds) = duration.components
        return ["\(path) = \(seconds)s \(attoseconds / 1_000_000_000)ns"]
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
        return mirror.children.flatMap { child in
            let inner = Mirror(reflecting: child.value)
            let isNone = inner.displayStyle == .optional && inner.children.isEmpty
            return isNone ? ["\(path) = none"] : settings(of: child.value, at: path)
        }
    case .collection where value is [DeviceSettings]:
        return mirror.children.enumerated().flatMap { index, child in
            settings(of: child.value, at: "\(path).\(index)")
        }
    case .dictionary:
        return mirror.children.flatMap { pair in
            guard let (name, value) = pair.value as? (String, Any) else { return ["?"] }
            return ["\(path).\(name)"] + settings(of: value, at: "\(path).\(name)")
        }
    case .struct where !(value is any CustomStringConvertible):
        return mirror.children.filter { $0.label != "warnings" }.flatMap { child in
            let name = child.label ?? "?"
            return settings(of: child.value, at: path.isEmpty ? name : "\(path).\(name)")
        }
    case .set:
        let members = mirror.children.map { "\($0.value)" }.sorted()
        return ["\(path) = \(members.joined(separator: ", "))"]
    default:
        return ["\(path) = \(value)"]
    }
}

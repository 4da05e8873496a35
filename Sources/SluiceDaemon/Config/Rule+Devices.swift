import SluiceModel
import SluiceWire

extension Rule where Value == String {
    private static var expectedDeviceName: String {
        "a name of 1 to \(Limits.nameBytes) printable ASCII characters, without spaces, slashes "
            + "and commas, and none of \"all\", \"any\" and \"none\""
    }

    /// The name of a device. Several are joined by commas in a worker's environment.
    static var deviceName: Self {
        Rule(expectedDeviceName) { (value) throws(Misfit) in
            guard case .string(let text) = value, isDeviceName(text) else { throw Misfit() }
            return text
        }
    }

    /// The three words stand for devices, or for none, where a name could be.
    fileprivate static func isDeviceName(_ text: String) -> Bool {
        Name.isValid(text) && !text.contains(",") && !["all", "any", "none"].contains(text)
    }

    static var identity: Self {
        Rule("a device's UUID or unique id, such as \"GPU-5e1c03a7-...\"") {
            (value) throws(Misfit) in
            guard case .string(let text) = value, Name.isValid(text) else { throw Misfit() }
            return text
        }
    }
}

extension Rule where Value == [String] {
    static var paths: Self {
        let expected = "a list of 1 to \(Limits.pathsPerDevice) paths below /dev"
        return Rule(expected) { (value, _) throws(Mismatches) in
            try texts(value, expected, atMost: Limits.pathsPerDevice, "a path below /dev") {
                let parts = $0.split(separator: "/", omittingEmptySubsequences: false)
                return $0.hasPrefix("/dev/") && $0.utf8.count <= 255
                    && $0.utf8.allSatisfy { 0x21...0x7e ~= $0 }
                    && parts.dropFirst().allSatisfy { !["", ".", ".."].contains($0) }
            }
        }
    }
}

extension Rule where Value == DeviceSelection? {
    static var devices: Self {
        let expected = "\"all\", \"none\" or a list of 1 to \(Limits.devices) names of devices"
        return Rule(expected) { (value, _) throws(Mismatches) in
            switch value {
            case .string("all"): return .all
            case .string("none"): return nil
            case .array:
                let names = try texts(
                    value, expected, atMost: Limits.devices, "the name of a device",
                    where: Rule<String>.isDeviceName)
                return .named(names)
            case .string, .integer, .float, .boolean, .date, .table:
                throw Mismatches(expected: expected, found: value)
            }
        }
    }
}

extension Rule where Value == Duration? {
    static var durationOrNone: Self {
        let duration = Rule<Duration>.duration(.aboveZero)
        return Rule("\(duration.expected), or \"none\"") { (value, accounts) throws(Mismatches) in
            guard value != .string("none") else { return nil }
            return try duration.read(value, accounts)
        }
    }
}

/// The elements of a list, none twice. Each that is wrong is reported.
private func texts(
    _ value: TOML, _ expected: String, atMost limit: Int, _ each: String,
    where isRight: (String) -> Bool
) throws(Mismatches) -> [String] {
    guard case .array(let elements) = value, !elements.isEmpty else {
        throw Mismatches(expected: expected, found: value)
    }
    guard elements.count <= limit else {
        throw Mismatches(expected: expected, found: value, hint: "it has \(elements.count)")
    }
    var texts: [String] = []
    var wrong: [Mismatches.Mismatch] = []
    for (index, element) in elements.enumerated() {
        if case .string(let text) = element, isRight(text) {
            guard texts.contains(text) else {
                texts.append(text)
                continue
            }
            let message = "\(TOML.quoted(text)) is in the list twice"
            wrong.append(Mismatches.Mismatch(element: index, message: message))
        } else {
            let message = Mismatches.message(expected: each, found: element, hint: nil)
            wrong.append(Mismatches.Mismatch(element: index, message: message))
        }
    }
    guard wrong.isEmpty else { throw Mismatches(wrong) }
    return texts
}

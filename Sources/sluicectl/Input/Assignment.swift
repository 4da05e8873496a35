import SluiceWire

/// `KEY=VALUE` as it is typed for `sluicectl set`.
///
/// The tool reads the value, since a person writes `50ms` and the wire says 0.05; whether the
/// target has the key and the value is in range only the daemon decides.
struct Assignment: Hashable {
    let key: Control.SettingKey
    let value: Control.SettingValue

    init(_ text: String) throws(InputError) {
        guard let equals = text.firstIndex(of: "=") else { throw .notAnAssignment(text) }
        let name = String(text[..<equals])
        guard let key = Control.SettingKey(rawValue: name) else {
            let known = Control.SettingKey.allCases.map(\.rawValue)
            throw .unknownKey(name, nearest: nearestName(to: name, among: known))
        }
        self.key = key
        value = try Self.value(String(text[text.index(after: equals)...]), for: key)
    }

    private static func value(
        _ text: String, for key: Control.SettingKey
    ) throws(InputError) -> Control.SettingValue {
        switch (text, key.kind) {
        case ("", _), ("default", _): return .inherited
        case ("none", .limit), ("none", .duration): return .none
        case (_, .limit):
            guard let number = wholeNumber(text), number >= 0 else {
                throw .badValue(key.rawValue, text, expected: "a whole number, or none")
            }
            return .number(Double(number))
        case (_, .count):
            guard let number = wholeNumber(text), number >= 1 else {
                throw .badValue(key.rawValue, text, expected: "a whole number of at least 1")
            }
            return .number(Double(number))
        case (_, .duration):
            guard let seconds = seconds(in: text) else {
                throw .badValue(key.rawValue, text, expected: "a duration: 250ms, 2s or 5min")
            }
            return .number(seconds)
        }
    }

    /// How large it may be the daemon says.
    private static func wholeNumber(_ text: String) -> Int64? {
        text.first?.isNumber == true ? Int64(text) : nil
    }
}

/// Seconds in a duration with one unit, or without: `250ms`, `2s`, `1.5`, `5min`, `1h`.
func seconds(in text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let units = ["us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "min": 60, "h": 3600, "d": 86400]
    guard let number = Double(digits), let unit = units[String(text.dropFirst(digits.count))]
    else { return nil }
    return number * unit
}

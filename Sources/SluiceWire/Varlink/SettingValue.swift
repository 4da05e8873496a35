extension Control {
    /// What `Set` gives a key. What a number means (a count, or seconds) the key says.
    public enum SettingValue: Hashable, Sendable {
        case number(Double)
        /// No limit; `"none"` on the wire.
        case none
        /// Take an earlier override back; `null` on the wire.
        case inherited
    }
}

extension Control.SettingValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .inherited
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if try container.decode(String.self) == "none" {
            self = .none
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a value is a number, \"none\" or null")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .none: try container.encode("none")
        case .inherited: try container.encodeNil()
        }
    }
}

extension Control.SettingValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number):
            Int64(exactly: number).map { String($0) } ?? String(number)
        case .none: "none"
        case .inherited: "default"
        }
    }
}

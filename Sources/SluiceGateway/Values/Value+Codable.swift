// For what is read by the library's decoder into types of its own, with values in it.

extension Value: Codable {
    public init(from decoder: any Decoder) throws {
        // Asked in the order in which they are likely; the wrong ones are told apart by their first
        // letter, and cost no error but for numbers.
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let text = try? single.decode(String.self) {
            self = .string(text)
        } else if let number = try? single.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? single.decode(Double.self) {
            self = .number(number)
        } else if let truth = try? single.decode(Bool.self) {
            self = .bool(truth)
        } else if let items = try? single.decode([Value].self) {
            self = .array(items)
        } else {
            self = .object(try single.decode([String: Value].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch self {
        case .null, .part: try single.encodeNil()
        case .bool(let truth): try single.encode(truth)
        case .integer(let number): try single.encode(number)
        case .number(let number) where number.isFinite: try single.encode(number)
        case .number: try single.encodeNil()
        case .string(let text): try single.encode(text)
        case .array(let items): try single.encode(items)
        case .object(let fields): try single.encode(fields)
        }
    }
}

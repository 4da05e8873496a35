import FoundationEssentials

/// What arguments and results are made of: what JSON can say, numbers that it cannot, and parts,
/// which are bytes that travel beside it (`Envelope`).
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// May be infinite or no number in an envelope, never in JSON that was read.
    case number(Double)
    case string(String)
    case array([Value])
    case object([String: Value])
    /// The bytes of that number, in the parts beside it. Never in JSON that was read.
    case part(Int)

    /// Reads JSON text.
    ///
    /// - Throws: `ValueError.notJSON`; also where it is nested more than 512 deep.
    public init(json bytes: some Sequence<UInt8>) throws(ValueError) {
        do {
            self = try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw .notJSON
        }
    }

    /// JSON text, the same for the same value: keys in alphabetical order. What JSON has no word
    /// for, infinite numbers and parts, is null.
    public var json: [UInt8] {
        var out: [UInt8] = []
        write(to: &out) { _, out in out.append(contentsOf: "null".utf8) }
        return out
    }

    public var isNull: Bool { self == .null }

    public var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var integerValue: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }

    public var boolValue: Bool? {
        guard case .bool(let truth) = self else { return nil }
        return truth
    }

    public var arrayValue: [Value]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    public var objectValue: [String: Value]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }

    /// A field of an object; nil where it is not there or this is no object.
    public subscript(_ key: String) -> Value? { objectValue?[key] }
}

public enum ValueError: Error, Hashable, Sendable {
    case notJSON
    /// Bytes that say they are an envelope, and what is wrong with them.
    case badEnvelope(String)
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral text: String) { self = .string(text) }
    public init(integerLiteral number: Int64) { self = .integer(number) }
    public init(floatLiteral number: Double) { self = .number(number) }
    public init(booleanLiteral truth: Bool) { self = .bool(truth) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral items: Value...) { self = .array(items) }
    public init(dictionaryLiteral fields: (String, Value)...) {
        self = .object(Dictionary(fields) { _, last in last })
    }
}

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

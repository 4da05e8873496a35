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
    /// - Throws: `ValueError`; also where it is nested more than 512 deep.
    public init(json bytes: some Sequence<UInt8>) throws(ValueError) {
        let read = bytes.withContiguousStorageIfAvailable { bytes in
            Result { () throws(ValueError) in try JSONScanner.read(bytes) }
        }
        if let read {
            self = try read.get()
            return
        }
        self = try Array(bytes).withUnsafeBufferPointer { bytes throws(ValueError) in
            try JSONScanner.read(bytes)
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
    case tooManyValues(limit: Int)
    /// Two keys of an object are other bytes and the same text, as Unicode has it: one of the two
    /// would be lost.
    case ambiguousKey(String)
    /// Bytes that say they are an envelope, and what is wrong with them.
    case badEnvelope(String)
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByFloatLiteral
{
    public init(stringLiteral text: String) { self = .string(text) }
    public init(integerLiteral number: Int64) { self = .integer(number) }
    public init(floatLiteral number: Double) { self = .number(number) }
    public init(booleanLiteral truth: Bool) { self = .bool(truth) }
    public init(arrayLiteral items: Value...) { self = .array(items) }
    public init(dictionaryLiteral fields: (String, Value)...) {
        self = .object(Dictionary(fields) { _, last in last })
    }
}

extension ValueError {
    /// What is to be said of a text behind "the body" or the like.
    public var explanation: String {
        switch self {
        case .notJSON: "is not JSON, or is nested too deeply"
        case .tooManyValues(let limit): "has more than \(limit) values"
        case .ambiguousKey(let key):
            "has two keys in one object that are the same text, \"\(key.prefix(60))\", written in"
                + " different ways"
        case .badEnvelope(let why): "is no envelope: \(why)"
        }
    }
}

/// Bytes that travel beside the JSON of an envelope.
public struct Part: Hashable, Sendable {
    public var bytes: ArraySlice<UInt8>
    /// Of an array, in numpy's form: `<f4`.
    public var dtype: String?
    /// Of an array: elements in each direction, in C order.
    public var shape: [Int]?
    /// Of a file.
    public var name: String?
    public var contentType: String?

    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
}

/// How arguments travel to workers, and results from them: JSON, and behind it bytes that it
/// refers to. sluice-worker(7) describes the layout; python/src/sluice/_envelope.py is its twin.
///
///     offset size
///          0    4  n, the length of the JSON, little-endian
///          4    n  JSON in UTF-8, one object
///        4+n       zeros up to a multiple of 8
///                  the parts, in order, each followed by zeros up to a multiple of 8
public enum Envelope {
    public static let contentType = "application/x-sluice-json"
    /// Parts of one envelope.
    static let mostParts = 4096

    /// What a function is called with.
    public static func arguments(
        _ positional: [Value], _ keywords: [String: Value] = [:], parts: [Part] = []
    ) -> [UInt8] {
        encode(
            .object(["args": .array(positional), "kwargs": .object(keywords)]), parts)
    }

    /// A result, as a worker would send it.
    public static func result(_ value: Value, parts: [Part] = []) -> [UInt8] {
        encode(.object(["value": value]), parts)
    }

    private static func encode(_ content: Value, _ parts: [Part]) -> [UInt8] {
        var json: [UInt8] = []
        content.write(to: &json, escapingKeys: true) { value, out in
            switch value {
            case .part(let index): out.append(contentsOf: "{\"$part\":\(index)}".utf8)
            case .number(let number):
                let name = number.isNaN ? "nan" : number < 0 ? "-inf" : "inf"
                out.append(contentsOf: "{\"$float\":\"\(name)\"}".utf8)
            default: break
            }
        }
        // The entries stand in the same object, behind the last field.
        json.removeLast()
        json.append(contentsOf: ",\"parts\":".utf8)
        json.append(contentsOf: Value.array(parts.map(\.entry)).json)
        json.append(UInt8(ascii: "}"))

        var out: [UInt8] = []
        out.reserveCapacity(16 + json.count + parts.reduce(0) { $0 + $1.bytes.count + 8 })
        withUnsafeBytes(of: UInt32(json.count).littleEndian) { out.append(contentsOf: $0) }
        out.append(contentsOf: json)
        for part in parts {
            pad(&out)
            out.append(contentsOf: part.bytes)
        }
        pad(&out)
        return out
    }

    private static func pad(_ out: inout [UInt8]) {
        while out.count % 8 != 0 { out.append(0) }
    }

    // MARK: Reading

    /// What a result or chunk says, whatever it is written in: an envelope, JSON, text, or bytes,
    /// which become a part.
    public static func value(
        of bytes: [UInt8], type: String?
    ) throws(ValueError) -> (value: Value, parts: [Part]) {
        switch type?.prefix(while: { $0 != ";" }).lowercased() {
        case contentType: return try decoded(bytes)
        case "application/json": return (try Value(json: bytes), [])
        case "text/plain": return (.string(String(decoding: bytes, as: UTF8.self)), [])
        default:
            var part = Part(bytes[...])
            part.contentType = type
            return (.part(0), [part])
        }
    }

    private static func decoded(
        _ bytes: [UInt8]
    ) throws(ValueError) -> (value: Value, parts: [Part]) {
        guard bytes.count >= 4 else { throw .badEnvelope("it ends before its JSON does") }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        guard length <= bytes.count - 4 else { throw .badEnvelope("it ends before its JSON does") }
        guard let content = try Value(json: bytes[4..<4 + length]).objectValue else {
            throw .badEnvelope("the JSON is no object")
        }
        let parts = try parts(content["parts"] ?? .array([]), bytes, from: 4 + length)
        guard let value = content["value"] else {
            throw .badEnvelope("a result has the key value")
        }
        return (try resolved(value, parts.count), parts)
    }

    private static func parts(
        _ entries: Value, _ bytes: [UInt8], from start: Int
    ) throws(ValueError) -> [Part] {
        guard let entries = entries.arrayValue, entries.count <= mostParts else {
            throw .badEnvelope("its parts are no list, or too many")
        }
        var end = start
        var parts: [Part] = []
        for (index, entry) in entries.enumerated() {
            let start = (end + 7) & ~7
            guard let size = entry["size"]?.integerValue, size >= 0, start <= bytes.count,
                size <= bytes.count - start
            else { throw .badEnvelope("part \(index) goes beyond the end") }
            end = start + size
            var part = Part(bytes[start..<end])
            part.dtype = entry["dtype"]?.stringValue
            if let shape = entry["shape"]?.arrayValue {
                part.shape = shape.compactMap(\.integerValue)
                guard part.shape?.count == shape.count else {
                    throw .badEnvelope("the shape of part \(index) is no list of numbers")
                }
            }
            part.name = entry["name"]?.stringValue
            part.contentType = entry["content_type"]?.stringValue
            parts.append(part)
        }
        return parts
    }

    private static func resolved(_ value: Value, _ parts: Int) throws(ValueError) -> Value {
        switch value {
        case .null, .bool, .integer, .number, .string, .part: return value
        case .array(let items):
            var out: [Value] = []
            out.reserveCapacity(items.count)
            for item in items { out.append(try resolved(item, parts)) }
            return .array(out)
        case .object(let fields):
            if fields.count == 1, let special = try special(fields, parts) { return special }
            var out: [String: Value] = [:]
            for (key, field) in fields {
                guard !key.hasPrefix("$") || key.hasPrefix("$$") else {
                    throw .badEnvelope("the key \(key) has no meaning here")
                }
                let name = key.hasPrefix("$") ? String(key.dropFirst()) : key
                out[name] = try resolved(field, parts)
            }
            return .object(out)
        }
    }

    private static func special(
        _ fields: [String: Value], _ parts: Int
    ) throws(ValueError) -> Value? {
        if let index = fields["$part"] {
            guard let index = index.integerValue, (0..<parts).contains(index) else {
                throw .badEnvelope("there is no such part")
            }
            return .part(index)
        }
        switch fields["$float"]?.stringValue {
        case "nan": return .number(.nan)
        case "inf": return .number(.infinity)
        case "-inf": return .number(-.infinity)
        default: return nil
        }
    }
}

extension Part {
    fileprivate var entry: Value {
        var fields: [String: Value] = ["size": .integer(Int64(bytes.count))]
        fields["dtype"] = dtype.map { .string($0) }
        fields["shape"] = shape.map { .array($0.map { .integer(Int64($0)) }) }
        fields["name"] = name.map { .string($0) }
        fields["content_type"] = contentType.map { .string($0) }
        return .object(fields)
    }
}

import FoundationEssentials

// The one place that knows which JSON library there is.

/// A call or reply that carries nothing.
public struct NoParameters: Codable, Hashable, Sendable {
    public init() {}
}

/// Values as JSON text and back, without the rest of a message.
public enum VarlinkJSON {
    /// The JSON text of a value, ended by the zero byte.
    static func message(_ value: some Encodable) -> [UInt8] { text(value) + [0] }

    /// The JSON text of a value, keys in alphabetical order: the same value, the same text.
    public static func text(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no such numbers. A peer refuses the string; we need not die of it.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a message that cannot be written: \(error)")
        }
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from message: [UInt8]
    ) throws(VarlinkError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(message))
        } catch let error as DecodingError {
            throw VarlinkError(error)
        } catch {
            throw .malformed("\(error)")
        }
    }
}

extension VarlinkError {
    /// Names the field that did not fit, as the peer wrote it.
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context): self.init(path: context.codingPath + [key])
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self.init(path: context.codingPath)
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            self.init(path: context.codingPath)
        case .dataCorrupted(let context): self = .malformed(context.debugDescription)
        @unknown default: self = .malformed("\(error)")
        }
    }

    private init(path: [any CodingKey]) {
        var names = path.map { $0.intValue.map(String.init) ?? $0.stringValue }
        if names.first == "parameters" { names.removeFirst() }
        self =
            names.isEmpty
            ? .malformed("not an object") : .invalidParameter(names.joined(separator: "."))
    }
}

/// What surrounds the parameters in every message.
struct Parameters<Value: Codable>: Codable {
    var parameters: Value
}

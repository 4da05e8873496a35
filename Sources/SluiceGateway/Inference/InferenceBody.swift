import FoundationEssentials

/// The JSON of an inference request, as it was written: names and numbers are not yet compared with
/// any model.
///
/// Elements are decoded as what they are said to be, one by one into their bytes: by way of
/// `Value`, a large tensor would cost ten times as much, and the integers above `Int64.max` their
/// last digits.
struct InferenceBody: Decodable {
    var id: String?
    var parameters: [String: Value]
    var inputs: [InputTensor]
    var outputs: [OutputWish]

    private enum Key: CodingKey { case id, parameters, inputs, outputs }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(String.self, forKey: .id)
        parameters = try fields.decodeIfPresent([String: Value].self, forKey: .parameters) ?? [:]
        inputs = try fields.decode([InputTensor].self, forKey: .inputs)
        outputs = try fields.decodeIfPresent([OutputWish].self, forKey: .outputs) ?? []
    }

    init(json: ArraySlice<UInt8>) throws(InferenceError) {
        do {
            self = try JSONDecoder().decode(InferenceBody.self, from: Data(json))
        } catch let error as InferenceError {
            throw error
        } catch let error as DecodingError {
            throw .malformed("the request cannot be read: \(error.explanation)")
        } catch {
            throw .malformed("the request is no JSON")
        }
    }
}

struct OutputWish: Decodable {
    var name: String
    var parameters: [String: Value]

    private enum Key: CodingKey { case name, parameters }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.decode(String.self, forKey: .name)
        parameters = try fields.decodeIfPresent([String: Value].self, forKey: .parameters) ?? [:]
    }
}

struct InputTensor: Decodable {
    var name: String
    var datatype: Datatype
    var shape: [Int]
    /// Elements, which the shape says.
    var count: Int
    var parameters: [String: Value]
    /// Nil: it is not in the JSON, but behind it.
    var data: TensorData?

    private enum Key: CodingKey { case name, datatype, shape, parameters, data }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let name = try fields.decode(String.self, forKey: .name)
        self.name = name
        let word = try fields.decode(String.self, forKey: .datatype)
        guard let datatype = Datatype(rawValue: word) else {
            throw InferenceError.malformed("input \(name): there is no datatype \(word) here")
        }
        self.datatype = datatype
        shape = try fields.decode([Int].self, forKey: .shape)
        guard let count = Shape.count(shape) else {
            throw InferenceError.malformed("input \(name): there is no shape \(Shape.text(shape))")
        }
        self.count = count
        parameters = try fields.decodeIfPresent([String: Value].self, forKey: .parameters) ?? [:]
        guard fields.contains(.data) else { return }
        var reader = TensorReader(input: name, shape: shape, count: count)
        data = try reader.read(datatype, try fields.nestedUnkeyedContainer(forKey: .data))
    }
}

extension DecodingError {
    /// Where in the JSON, and what is wrong there.
    fileprivate var explanation: String {
        switch self {
        case .keyNotFound(let key, let context):
            "\(Self.place(context)) has no \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            "\(Self.place(context)): \(context.debugDescription)"
        @unknown default: "it is no JSON"
        }
    }

    private static func place(_ context: Context) -> String {
        var place = ""
        for key in context.codingPath {
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += place.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        return place.isEmpty ? "the JSON" : place
    }
}

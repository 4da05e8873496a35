/// The answer to an inference: JSON, and behind it the tensors that were asked for in binary form.
public struct InferenceAnswer: Hashable, Sendable {
    public private(set) var json: [UInt8] = []
    public private(set) var tensors: [ArraySlice<UInt8>] = []

    /// - Parameters:
    ///   - value: what the function returned: its one tensor, or an object with a tensor of each
    ///     declared name.
    ///   - parts: beside it.
    public init(
        _ value: Value, _ parts: [Part], to call: InferenceCall
    ) throws(Refusal) {
        let values = try Self.values(value, call.model)
        write("{")
        if let id = call.id { write("\"id\":", .string(id), ",") }
        write("\"model_name\":", .string(call.model.name), ",\"model_version\":")
        write("", .string(InferenceModel.version), ",\"outputs\":[")
        for (index, wish) in call.wishes.enumerated() {
            let tensor = try ResultTensor(values[wish.output.name] ?? .null, parts, wish.output)
            if index > 0 { write(",") }
            try write(tensor, wish)
        }
        write("]}")
    }

    private static func values(
        _ value: Value, _ model: InferenceModel
    ) throws(Refusal) -> [String: Value] {
        guard let values = value.objectValue else {
            guard model.outputs.count == 1 else {
                throw .wrongResult("the function returned one tensor and declares several, by name")
            }
            return [model.outputs[0].name: value]
        }
        let names = Set(model.outputs.map(\.name))
        guard Set(values.keys) == names else {
            throw .wrongResult(
                "the function returned tensors named"
                    + " \(values.keys.sorted().joined(separator: ", ")), and declares"
                    + " \(names.sorted().joined(separator: ", "))")
        }
        return values
    }

    private mutating func write(
        _ tensor: ResultTensor, _ wish: InferenceCall.Wish
    ) throws(Refusal) {
        let output = wish.output
        write("{\"name\":", .string(output.name), ",\"datatype\":")
        write("", .string(output.datatype.rawValue), ",\"shape\":")
        write("", Shape.told(tensor.shape), ",")
        if wish.isBinary {
            let bytes = BinaryTensor.bytes(tensor.data)
            tensors.append(bytes)
            write("\"parameters\":{\"binary_data_size\":\(bytes.count)}}")
        } else {
            write("\"data\":[")
            var writer = TensorWriter(output)
            swap(&json, &writer.out)
            defer { swap(&json, &writer.out) }
            try writer.write(tensor.data)
            writer.out.append(contentsOf: "]}".utf8)
        }
    }

    private mutating func write(_ text: String) { json.append(contentsOf: text.utf8) }

    private mutating func write(_ before: String, _ value: Value, _ after: String) {
        write(before)
        json.append(contentsOf: value.json)
        write(after)
    }
}

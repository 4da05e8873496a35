import SluiceModel

/// An inference as a function's worker gets it, and what its answer shall be like.
public struct InferenceCall: Sendable {
    public struct Wish: Hashable, Sendable {
        var output: TensorSpec
        /// Its bytes behind the JSON, rather than numbers in it.
        var isBinary: Bool
    }

    public let model: InferenceModel
    public let id: String?
    /// The function's arguments.
    public private(set) var envelope: [UInt8]
    public let deadline: Duration?
    public let wishes: [Wish]

    /// - Parameters:
    ///   - body: of the request.
    ///   - jsonLength: bytes of JSON that it begins with, where tensors follow; nil: all of it.
    public init(
        _ body: [UInt8], jsonLength: Int?, of model: InferenceModel
    ) throws(Refusal) {
        let end = jsonLength ?? body.count
        guard 0...body.count ~= end else {
            throw .malformed(
                "the JSON is longer than the body, says Inference-Header-Content-Length")
        }
        guard end <= GatewayLimits.inferenceJSON else {
            throw Refusal(
                413, "too_large",
                "at most \(GatewayLimits.inferenceJSON >> 20) MiB of JSON are read:"
                    + " send the tensors in binary form")
        }
        let told = try InferenceBody(json: body[..<end])
        var options = RequestParameters()
        for (name, value) in told.parameters { try options.take(name, value, model) }
        var packing = Packing(binary: jsonLength == nil ? nil : body[end...])
        try packing.pack(told.inputs, model)

        self.model = model
        id = told.id
        deadline = options.deadline
        wishes = try Self.wishes(told.outputs, model, isBinary: options.isBinary)
        envelope = Envelope.arguments(
            [], packing.keywords.merging(options.keywords) { tensor, _ in tensor },
            parts: packing.parts)
    }

    /// The arguments, for whoever sends them: an answer is made without.
    public mutating func takeEnvelope() -> [UInt8] {
        defer { envelope = [] }
        return envelope
    }

    private static func wishes(
        _ told: [OutputWish], _ model: InferenceModel, isBinary: Bool
    ) throws(Refusal) -> [Wish] {
        guard !told.isEmpty else {
            return model.outputs.map { Wish(output: $0, isBinary: isBinary) }
        }
        var wishes: [Wish] = []
        for wish in told {
            let name = wish.name
            guard let output = model.outputs.first(where: { $0.name == name }) else {
                throw .malformed("\(model.name) has no output \(name)")
            }
            guard !wishes.contains(where: { $0.output.name == name }) else {
                throw .malformed("output \(name) is asked for twice")
            }
            try RequestParameters.check(wish.parameters, of: "output \(name)")
            let isOwnBinary = try RequestParameters.truth(wish.parameters, "binary_data")
            wishes.append(Wish(output: output, isBinary: isOwnBinary ?? isBinary))
        }
        return wishes
    }
}

/// The arguments of a call, while its tensors are laid into them.
private struct Packing {
    /// What is left of the bytes behind the JSON; nil: there are none.
    var binary: ArraySlice<UInt8>?
    var keywords: [String: Value] = [:]
    var parts: [Part] = []

    mutating func pack(
        _ inputs: [InputTensor], _ model: InferenceModel
    ) throws(Refusal) {
        for input in inputs {
            let name = input.name
            guard let spec = model.inputs.first(where: { $0.tensor.name == name })?.tensor else {
                throw .malformed("\(model.name) has no input \(name)")
            }
            guard keywords[name] == nil else { throw .malformed("input \(name) is there twice") }
            guard input.datatype == spec.datatype else {
                throw .malformed(
                    "input \(name) is \(input.datatype.rawValue), and \(model.name) takes"
                        + " \(spec.datatype.rawValue)")
            }
            guard spec.accepts(input.shape) else {
                throw .malformed(
                    "input \(name) has the shape \(Shape.text(input.shape)), and \(model.name)"
                        + " takes \(Shape.text(spec.shape)), where -1 is any number")
            }
            keywords[name] = lay(try data(of: input), input)
        }
        for input in model.inputs where input.isRequired && keywords[input.tensor.name] == nil {
            throw .malformed("\(model.name) needs the input \(input.tensor.name)")
        }
        guard binary?.isEmpty ?? true else {
            throw .malformed("\(binary?.count ?? 0) bytes behind the JSON belong to no input")
        }
    }

    private mutating func data(of input: InputTensor) throws(Refusal) -> TensorData {
        try RequestParameters.check(input.parameters, of: "input \(input.name)")
        guard let told = input.parameters["binary_data_size"] else {
            guard let data = input.data else { throw .malformed("input \(input.name) has no data") }
            return data
        }
        guard input.data == nil else {
            throw .malformed("input \(input.name) has data, and binary_data_size besides")
        }
        guard let size = told.integerValue, let left = binary, 0...left.count ~= size else {
            throw .malformed(
                "input \(input.name): fewer bytes than its binary_data_size are behind the JSON,"
                    + " whose length Inference-Header-Content-Length says")
        }
        binary = left.dropFirst(size)
        return try BinaryTensor.data(left.prefix(size), input)
    }

    /// Where a tensor is, in the arguments.
    private mutating func lay(_ data: TensorData, _ input: InputTensor) -> Value {
        switch data {
        case .packed(let bytes):
            var part = Part(bytes)
            part.dtype = input.datatype.dtype
            part.shape = input.shape
            parts.append(part)
            return .part(parts.count - 1)
        case .strings(let strings):
            let first = parts.count
            parts.append(contentsOf: strings.map { Part($0) })
            var places = (first..<parts.count).map { Value.part($0) }[...]
            return Self.nested(&places, input.shape[...])
        }
    }

    private static func nested(_ places: inout ArraySlice<Value>, _ shape: ArraySlice<Int>) -> Value
    {
        guard let size = shape.first else { return places.popFirst() ?? .null }
        // Rows of nothing may be any number.
        guard !shape.contains(0) else { return .array([]) }
        let inner = shape.dropFirst()
        return .array((0..<size).map { _ in nested(&places, inner) })
    }
}

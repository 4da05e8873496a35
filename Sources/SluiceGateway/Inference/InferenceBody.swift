/// The JSON of an inference request, as it was written: names and numbers are not yet compared with
/// any model.
struct InferenceBody {
    var id: String?
    var parameters: [String: Value] = [:]
    var inputs: [InputTensor] = []
    var outputs: [OutputWish] = []

    init(json: ArraySlice<UInt8>) throws(Refusal) {
        self = try json.withUnsafeBufferPointer { bytes throws(Refusal) in
            try InferenceReader.body(bytes)
        }
    }

    init() {}
}

struct OutputWish {
    var name: String
    var parameters: [String: Value] = [:]
}

struct InputTensor {
    var name: String
    var datatype: Datatype
    var shape: [Int]
    /// Elements, which the shape says.
    var count: Int
    var parameters: [String: Value] = [:]
    /// Nil: it is not in the JSON, but behind it.
    var data: TensorData?

    init(
        _ name: String, _ datatype: String, _ shape: [Int], _ parameters: [String: Value]
    ) throws(Refusal) {
        guard let known = Datatype(rawValue: datatype) else {
            throw .malformed("input \(name): there is no datatype \(datatype) here")
        }
        guard let count = Shape.count(shape) else {
            throw .malformed("input \(name): there is no shape \(Shape.text(shape))")
        }
        (self.name, self.datatype, self.shape, self.count) = (name, known, shape, count)
        self.parameters = parameters
    }
}

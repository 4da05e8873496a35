@testable import SluiceGateway

extension FuzzTarget {
    /// The JSON of an inference. What is read is JSON, and says what the reader of all other JSON
    /// reads there; what is not read is refused by name.
    static let inference = FuzzTarget(name: "inference") { input throws(Finding) in
        let body: InferenceBody
        do throws(Refusal) { body = try InferenceBody(json: input[...]) } catch {
            let isKnown = ["400 malformed", "413 too_large"].contains(
                "\(error.status) \(error.code)")
            try require(isKnown && 1...1000 ~= error.message.count, "\(error)")
            return
        }
        try require(isJSON(input), "it is no JSON")
        // What is passed over may be what cannot be a value.
        guard let told = try? Value(json: input) else { return }
        try require(body.id == told["id"]?.stringValue, "the id is \(body.id ?? "-")")
        try require(body.parameters == fields(told), "the parameters are \(body.parameters)")
        let outputs = told["outputs"]?.arrayValue ?? []
        try require(body.outputs.count == outputs.count, "\(body.outputs.count) outputs")
        for (output, told) in zip(body.outputs, outputs) {
            try require(output.name == told["name"]?.stringValue, "an output is \(output.name)")
            try require(output.parameters == fields(told), "its parameters \(output.parameters)")
        }
        let inputs = told["inputs"]?.arrayValue ?? []
        try require(body.inputs.count == inputs.count, "\(body.inputs.count) inputs")
        for (input, told) in zip(body.inputs, inputs) { try check(input, told) }
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes: bytes)
            return scanner.value(depth: 0) && scanner.isAtEnd
        }
    }

    private static func fields(_ told: Value) -> [String: Value] {
        told["parameters"]?.objectValue ?? [:]
    }

    private static func check(_ input: InputTensor, _ told: Value) throws(Finding) {
        try require(input.name == told["name"]?.stringValue, "an input is \(input.name)")
        try require(
            input.datatype.rawValue == told["datatype"]?.stringValue, "it is \(input.datatype)")
        try require(input.parameters == fields(told), "its parameters \(input.parameters)")
        let shape = told["shape"]?.arrayValue ?? []
        let isShape =
            shape.count == input.shape.count
            && zip(input.shape, shape).allSatisfy { $1.double == Double($0) }
        try require(isShape, "its shape is \(input.shape)")
        guard let data = input.data else {
            return try require(told["data"] == nil, "its data is passed over")
        }
        let elements = told["data"].map(leaves) ?? []
        try require(elements.count == input.count, "\(elements.count) elements")
        switch data {
        case .strings(let strings):
            try require(strings.count == input.count, "\(strings.count) strings")
            for (string, element) in zip(strings, elements) {
                let isSame = element.stringValue.map { Array($0.utf8) == Array(string) }
                try require(isSame == true, "a string is \(string)")
            }
        case .packed(let bytes):
            let size = input.datatype.size ?? 0
            try require(bytes.count == input.count * size, "\(bytes.count) bytes")
            for (index, element) in elements.enumerated() {
                let start = bytes.startIndex + index * size
                let bits = bytes[start..<start + size].reversed().reduce(UInt64(0)) {
                    $0 << 8 | UInt64($1)
                }
                try require(
                    input.datatype.means(element, bits), "\(element) is \(bits), \(input.datatype)")
            }
        }
    }

    /// What is in lists of lists, in order.
    private static func leaves(_ value: Value) -> [Value] {
        value.arrayValue.map { $0.flatMap(leaves) } ?? [value]
    }
}

extension Value {
    /// A number of whatever kind, as near as can be.
    fileprivate var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .null, .bool, .string, .array, .object, .part: nil
        }
    }
}

extension Datatype {
    /// Whether an element that was read so has these bits.
    fileprivate func means(_ element: Value, _ bits: UInt64) -> Bool {
        guard self != .bool else { return element.boolValue.map { $0 ? 1 : 0 } == bits }
        guard let number = element.double else { return false }
        return switch self {
        case .uint8, .uint16, .uint32, .uint64: Self.isWhole(element, bits)
        case .int8: Self.isWhole(element, Int8(truncatingIfNeeded: bits))
        case .int16: Self.isWhole(element, Int16(truncatingIfNeeded: bits))
        case .int32: Self.isWhole(element, Int32(truncatingIfNeeded: bits))
        case .int64: Self.isWhole(element, Int64(truncatingIfNeeded: bits))
        case .fp16: Float16(bitPattern: UInt16(truncatingIfNeeded: bits)) == Float16(number)
        case .fp32: Float(bitPattern: UInt32(truncatingIfNeeded: bits)) == Float(number)
        case .fp64: Double(bitPattern: bits) == number
        case .bool, .bytes: false
        }
    }

    /// What is not written as an integer is only known as nearly as a Double is.
    private static func isWhole(_ element: Value, _ number: some FixedWidthInteger) -> Bool {
        guard case .integer(let told) = element else { return element.double == Double(number) }
        return Int64(exactly: number) == told
    }
}

/// A tensor out of a function's result: an array, or lists of numbers or strings, which have to be
/// what was declared.
struct ResultTensor {
    let shape: [Int]
    let data: TensorData

    init(_ value: Value, _ parts: [Part], _ spec: TensorSpec) throws(Refusal) {
        if case .part(let index) = value, let dtype = parts[index].dtype {
            guard spec.datatype.isNamed(dtype), let size = spec.datatype.size else {
                throw Self.wrong(spec, "an array of \(dtype)")
            }
            let shape = parts[index].shape ?? [parts[index].bytes.count / size]
            guard let count = Shape.count(shape),
                Shape.bytes(count, of: size) == parts[index].bytes.count
            else { throw Self.wrong(spec, "an array whose shape is not that of its bytes") }
            self.shape = shape
            data = .packed(parts[index].bytes)
        } else {
            var list = ListTensor(spec, parts)
            shape = ListTensor.shape(of: value)
            try list.take(value, shape[...])
            data = list.data
        }
        guard spec.accepts(shape) else { throw Self.wrong(spec, "the shape \(Shape.text(shape))") }
    }

    static func wrong(_ spec: TensorSpec, _ what: String) -> Refusal {
        .wrongResult(
            "the function returned \(what) as \(spec.name), which it declares as"
                + " \(spec.datatype.rawValue) of the shape \(Shape.text(spec.shape))")
    }
}

/// Elements out of lists in lists.
private struct ListTensor {
    private let spec: TensorSpec
    private let parts: [Part]
    private var packed: [UInt8] = []
    private var strings: [ArraySlice<UInt8>] = []

    init(_ spec: TensorSpec, _ parts: [Part]) {
        self.spec = spec
        self.parts = parts
    }

    var data: TensorData { spec.datatype == .bytes ? .strings(strings) : .packed(packed[...]) }

    /// As the first of each list says; `take` compares the others. A value is nested no deeper
    /// than JSON that was read, 512 levels.
    static func shape(of value: Value) -> [Int] {
        var shape: [Int] = []
        var value = value
        while let items = value.arrayValue {
            shape.append(items.count)
            guard let first = items.first else { break }
            value = first
        }
        return shape
    }

    mutating func take(_ value: Value, _ shape: ArraySlice<Int>) throws(Refusal) {
        guard let size = shape.first else { return try take(element: value) }
        guard let items = value.arrayValue, items.count == size else {
            throw ResultTensor.wrong(spec, "lists of different lengths")
        }
        for item in items { try take(item, shape.dropFirst()) }
    }

    private mutating func take(element value: Value) throws(Refusal) {
        let isTaken =
            switch spec.datatype {
            case .bool: takeTruth(value)
            case .uint8: take(value, as: UInt8.self)
            case .uint16: take(value, as: UInt16.self)
            case .uint32: take(value, as: UInt32.self)
            case .uint64: take(value, as: UInt64.self)
            case .int8: take(value, as: Int8.self)
            case .int16: take(value, as: Int16.self)
            case .int32: take(value, as: Int32.self)
            case .int64: take(value, as: Int64.self)
            case .fp16: take(value, as: Float16.self) { $0.bitPattern }
            case .fp32: take(value, as: Float.self) { $0.bitPattern }
            case .fp64: take(value, as: Double.self) { $0.bitPattern }
            case .bytes: takeString(value)
            }
        guard isTaken else { throw ResultTensor.wrong(spec, Self.kind(of: value)) }
    }

    private mutating func takeTruth(_ value: Value) -> Bool {
        guard let truth = value.boolValue else { return false }
        packed.append(truth ? 1 : 0)
        return true
    }

    private mutating func take<Number: FixedWidthInteger>(
        _ value: Value, as type: Number.Type
    ) -> Bool {
        guard case .integer(let told) = value, let number = Number(exactly: told) else {
            return false
        }
        packed.append(littleEndian: number)
        return true
    }

    private mutating func take<Number: BinaryFloatingPoint>(
        _ value: Value, as type: Number.Type, _ bits: (Number) -> some FixedWidthInteger
    ) -> Bool {
        let told: Double
        switch value {
        case .integer(let number): told = Double(number)
        case .number(let number): told = number
        case .null, .bool, .string, .array, .object, .part: return false
        }
        let number = Number(told)
        guard number.isFinite || !told.isFinite else { return false }
        packed.append(littleEndian: bits(number))
        return true
    }

    private mutating func takeString(_ value: Value) -> Bool {
        switch value {
        case .string(let text): strings.append(Array(text.utf8)[...])
        case .part(let index) where parts[index].dtype == nil: strings.append(parts[index].bytes)
        case .null, .bool, .integer, .number, .array, .object, .part: return false
        }
        return true
    }

    private static func kind(of value: Value) -> String {
        switch value {
        case .null: "None"
        case .bool: "a Boolean"
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(number)"
        case .string: "a string"
        case .array: "a list"
        case .object: "names"
        case .part: "an array or bytes in a list"
        }
    }
}

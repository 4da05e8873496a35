/// Tensors behind the JSON: their bytes as they are, and strings with their lengths.
enum BinaryTensor {
    static func data(
        _ bytes: ArraySlice<UInt8>, _ input: InputTensor
    ) throws(Refusal) -> TensorData {
        guard let size = input.datatype.size else { return .strings(try strings(bytes, input)) }
        guard Shape.bytes(input.count, of: size) == bytes.count else {
            throw .malformed(
                "input \(input.name) has \(bytes.count) bytes, and its shape"
                    + " \(Shape.text(input.shape)) of \(input.datatype.rawValue) has others")
        }
        guard input.datatype != .bool || bytes.allSatisfy({ $0 <= 1 }) else {
            throw .malformed("input \(input.name) has bytes that are neither 0 nor 1")
        }
        return .packed(bytes)
    }

    /// Each string has its length in four bytes before it.
    private static func strings(
        _ bytes: ArraySlice<UInt8>, _ input: InputTensor
    ) throws(Refusal) -> [ArraySlice<UInt8>] {
        try TensorLimits.check(strings: input.count, input.name)
        var left = bytes
        var strings: [ArraySlice<UInt8>] = []
        while left.count >= 4, strings.count < input.count {
            let length = left.prefix(4).enumerated().reduce(0) { $0 | Int($1.1) << (8 * $1.0) }
            left = left.dropFirst(4)
            guard length <= left.count else {
                throw .malformed("input \(input.name): a string ends behind the last byte")
            }
            strings.append(left.prefix(length))
            left = left.dropFirst(length)
        }
        guard strings.count == input.count, left.isEmpty else {
            throw .malformed(
                "input \(input.name) has not the \(input.count) strings that its shape"
                    + " \(Shape.text(input.shape)) says")
        }
        return strings
    }

    static func bytes(_ data: TensorData) -> ArraySlice<UInt8> {
        switch data {
        case .packed(let bytes): return bytes
        case .strings(let strings):
            var out: [UInt8] = []
            out.reserveCapacity(strings.reduce(0) { $0 + 4 + $1.count })
            for string in strings {
                out.append(littleEndian: UInt32(string.count))
                out.append(contentsOf: string)
            }
            return out[...]
        }
    }
}

/// Reads the elements of a tensor out of JSON, in one list or in lists of lists, into the bytes
/// that they are.
struct TensorReader {
    private let input: String
    private let shape: [Int]
    private let count: Int
    /// Whether all elements stand in one list.
    private var isFlat = true
    private var out: [UInt8] = []

    init(input: String, shape: [Int], count: Int) {
        self.input = input
        self.shape = shape
        self.count = count
    }

    mutating func read(
        _ datatype: Datatype, _ list: any UnkeyedDecodingContainer
    ) throws -> TensorData {
        isFlat = shape.count < 2 || !Self.beginsWithList(list)
        switch datatype {
        case .bool: try pack(list) { (truth: Bool, out) in out.append(truth ? 1 : 0) }
        case .uint8: try pack(list) { (number: UInt8, out) in out.append(number) }
        case .int8: try pack(list) { (number: Int8, out) in out.append(UInt8(bitPattern: number)) }
        case .uint16: try pack(list) { (number: UInt16, out) in out.append(littleEndian: number) }
        case .uint32: try pack(list) { (number: UInt32, out) in out.append(littleEndian: number) }
        case .uint64: try pack(list) { (number: UInt64, out) in out.append(littleEndian: number) }
        case .int16: try pack(list) { (number: Int16, out) in out.append(littleEndian: number) }
        case .int32: try pack(list) { (number: Int32, out) in out.append(littleEndian: number) }
        case .int64: try pack(list) { (number: Int64, out) in out.append(littleEndian: number) }
        case .fp16:
            try pack(list) { (number: Float16, out) in
                out.append(littleEndian: number.bitPattern)
            }
        case .fp32:
            try pack(list) { (number: Float, out) in out.append(littleEndian: number.bitPattern) }
        case .fp64:
            try pack(list) { (number: Double, out) in out.append(littleEndian: number.bitPattern) }
        case .bytes:
            try TensorLimits.check(strings: count, input)
            var strings: [ArraySlice<UInt8>] = []
            try walk(list, level: 0) { (text: String, _) in
                strings.append(Array(text.utf8)[...])
            }
            return .strings(strings)
        }
        return .packed(out[...])
    }

    private static func beginsWithList(_ list: any UnkeyedDecodingContainer) -> Bool {
        var look = list
        return (try? look.nestedUnkeyedContainer()) != nil
    }

    private mutating func pack<Element: Decodable>(
        _ list: any UnkeyedDecodingContainer, _ take: (Element, inout [UInt8]) -> Void
    ) throws {
        // What the shape claims is believed once as many elements are there.
        if isFlat, list.count == count { out.reserveCapacity(count * MemoryLayout<Element>.size) }
        try walk(list, level: 0, take)
    }

    private mutating func walk<Element: Decodable>(
        _ list: any UnkeyedDecodingContainer, level: Int,
        _ take: (Element, inout [UInt8]) -> Void
    ) throws {
        var list = list
        let expected = isFlat ? count : shape[level]
        guard list.count == expected else {
            throw InferenceError.malformed(
                "input \(input): the data has \(list.count ?? 0) elements where the shape"
                    + " \(Shape.text(shape)) has \(expected)")
        }
        let areElements = isFlat || level == shape.count - 1
        while !list.isAtEnd {
            if areElements {
                take(try list.decode(Element.self), &out)
            } else {
                try walk(try list.nestedUnkeyedContainer(), level: level + 1, take)
            }
        }
    }
}

enum TensorLimits {
    /// Strings travel as a part each, and parts are counted.
    static func check(strings: Int, _ input: String) throws(InferenceError) {
        guard strings <= Envelope.mostParts else {
            throw InferenceError(
                413, "too_large",
                "input \(input): at most \(Envelope.mostParts) strings travel in a request")
        }
    }
}

extension [UInt8] {
    mutating func append(littleEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

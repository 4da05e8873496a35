/// An array as it travels in a part, for whoever has no arrays.
struct NumericArray {
    /// In numpy's form, `<f4`.
    let dtype: String
    let shape: [Int]
    /// Numbers and lists that it would be in JSON.
    let nodes: Int
    private let bytes: ArraySlice<UInt8>
    private let isBigEndian: Bool
    private let kind: Character
    private let width: Int

    /// Nil for a part that is none, or that is not as large as it says.
    init?(_ part: Part) {
        guard let dtype = part.dtype, let order = dtype.first, "<>|=".contains(order),
            let kind = dtype.dropFirst().first, "biufc".contains(kind),
            let width = Int(dtype.dropFirst(2)), 1...32 ~= width
        else { return nil }
        let shape = part.shape ?? [part.bytes.count / width]
        guard shape.count <= 32, shape.allSatisfy({ $0 >= 0 }) else { return nil }
        var (elements, nodes) = (1, 1)
        for length in shape {
            let (product, isOver) = elements.multipliedReportingOverflow(by: length)
            let (sum, isOverAll) = nodes.addingReportingOverflow(product)
            guard !isOver, !isOverAll else { return nil }
            (elements, nodes) = (product, sum)
        }
        let (size, isOver) = elements.multipliedReportingOverflow(by: width)
        guard !isOver, size == part.bytes.count else { return nil }
        self.dtype = dtype
        self.shape = shape
        self.nodes = nodes
        self.width = width
        self.kind = kind
        bytes = part.bytes
        isBigEndian = order == ">"
    }

    /// Lists in lists; nil for what would be too many numbers, or of a kind that JSON lacks.
    func nested(atMost most: Int) -> Value? {
        guard nodes <= most, isWritable else { return nil }
        var place = bytes.startIndex
        return nested(in: 0, &place)
    }

    private var isWritable: Bool {
        switch kind {
        case "b": width == 1
        case "i", "u": [1, 2, 4, 8].contains(width)
        case "f": [2, 4, 8].contains(width)
        default: false
        }
    }

    private func nested(in dimension: Int, _ place: inout Int) -> Value {
        guard dimension < shape.count else {
            defer { place += width }
            return number(at: place)
        }
        var items: [Value] = []
        items.reserveCapacity(shape[dimension])
        for _ in 0..<shape[dimension] { items.append(nested(in: dimension + 1, &place)) }
        return .array(items)
    }

    private func number(at place: Int) -> Value {
        var bits: UInt64 = 0
        for offset in 0..<width {
            let byte = bytes[place + (isBigEndian ? offset : width - 1 - offset)]
            bits = bits << 8 | UInt64(byte)
        }
        switch kind {
        case "b": return .bool(bits != 0)
        case "u": return Int64(exactly: bits).map { .integer($0) } ?? .number(Double(bits))
        case "i":
            let unused = 64 - 8 * width
            return .integer(Int64(bitPattern: bits << unused) >> unused)
        default:
            let number =
                switch width {
                case 2: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
                case 4: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
                default: Double(bitPattern: bits)
                }
            return number.isFinite ? .number(number) : .null
        }
    }

    /// What makes a file of numpy's, .npy, when the elements follow.
    var fileHead: [UInt8] {
        let sizes = shape.map { "\($0)," }.joined(separator: " ")
        var text = "{'descr': '\(dtype)', 'fortran_order': False, 'shape': (\(sizes)), }"
        // The elements begin at a multiple of 64.
        while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
        text += "\n"
        let length = text.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
            + Array(text.utf8)
    }
}

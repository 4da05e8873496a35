import FoundationEssentials

// A value for whoever knows JSON alone, as a worker gives it to who asked in JSON: arrays are
// lists, bytes are base64, and numbers that JSON has no word for are null.

extension Value {
    /// - Parameter parts: what the value refers to.
    public func plain(_ parts: [Part]) -> Value {
        switch self {
        case .null, .bool, .integer, .number, .string: self
        case .part(let index): parts.indices.contains(index) ? parts[index].plain : .null
        case .array(let items): .array(items.map { $0.plain(parts) })
        case .object(let fields): .object(fields.mapValues { $0.plain(parts) })
        }
    }
}

extension Part {
    /// A list of lists, where it is an array of numbers; else its bytes, and what they are.
    var plain: Value {
        if let numbers { return nested(numbers, shape ?? [numbers.count]) }
        var fields: [String: Value] = ["base64": .string(Data(bytes).base64EncodedString())]
        fields["dtype"] = dtype.map { .string($0) }
        fields["shape"] = shape.map { .array($0.map { .integer(Int64($0)) }) }
        fields["name"] = name.map { .string($0) }
        fields["content_type"] = contentType.map { .string($0) }
        return .object(fields)
    }

    /// The elements, if they are as many as the shape says and of a type that JSON has.
    private var numbers: [Value]? {
        guard let dtype, let elements = elements(of: dtype) else { return nil }
        var count = 1
        for size in shape ?? [elements.count] {
            let (product, isTooMuch) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !isTooMuch else { return nil }
            count = product
        }
        // An array of no elements may have any number of empty lists.
        return count == elements.count && (shape?.count ?? 1) <= 32 && count > 0 ? elements : nil
    }

    private func elements(of dtype: String) -> [Value]? {
        switch dtype {
        case "|b1": bytes.map { .bool($0 != 0) }
        case "|u1": bytes.map { .integer(Int64($0)) }
        case "|i1": bytes.map { .integer(Int64(Int8(bitPattern: $0))) }
        case "<u2": integers(UInt16.self)
        case "<i2": integers(Int16.self)
        case "<u4": integers(UInt32.self)
        case "<i4": integers(Int32.self)
        case "<u8":
            words(UInt64.self)?.map {
                Int64(exactly: $0).map { .integer($0) } ?? .number(Double($0))
            }
        case "<i8": integers(Int64.self)
        case "<f2": words(UInt16.self)?.map { .number(Double(Float16(bitPattern: $0))) }
        case "<f4": words(UInt32.self)?.map { .number(Double(Float(bitPattern: $0))) }
        case "<f8": words(UInt64.self)?.map { .number(Double(bitPattern: $0)) }
        default: nil
        }
    }

    private func integers<Word: FixedWidthInteger>(_ type: Word.Type) -> [Value]? {
        words(type)?.map { .integer(Int64($0)) }
    }

    private func words<Word: FixedWidthInteger>(_ type: Word.Type) -> [Word]? {
        let size = MemoryLayout<Word>.size
        guard bytes.count % size == 0 else { return nil }
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map {
                Word(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: Word.self))
            }
        }
    }

    private func nested(_ elements: [Value], _ shape: [Int]) -> Value {
        var level = elements
        for size in shape.dropFirst().reversed() {
            level = stride(from: 0, to: level.count, by: size).map {
                .array(Array(level[$0..<$0 + size]))
            }
        }
        return shape.isEmpty ? level[0] : .array(level)
    }
}

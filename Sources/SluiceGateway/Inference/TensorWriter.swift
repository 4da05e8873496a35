/// Writes the elements of a tensor as JSON, in one list.
struct TensorWriter {
    private let output: TensorSpec
    var out: [UInt8] = []

    init(_ output: TensorSpec) { self.output = output }

    mutating func write(_ data: TensorData) throws(Refusal) {
        switch data {
        case .packed(let bytes): try write(bytes)
        case .strings(let strings):
            let output = output
            try each(strings) { string, out throws(Refusal) in
                guard let text = String(validating: string, as: UTF8.self) else {
                    throw Self.unwritable(output, "strings that are not UTF-8")
                }
                out.append(contentsOf: Value.string(text).json)
            }
        }
    }

    private mutating func write(_ bytes: ArraySlice<UInt8>) throws(Refusal) {
        switch output.datatype {
        case .bool:
            try each(bytes) { byte, out in
                out.append(contentsOf: (byte == 0 ? "false" : "true").utf8)
            }
        case .uint8: try integers(bytes, UInt8.self)
        case .uint16: try integers(bytes, UInt16.self)
        case .uint32: try integers(bytes, UInt32.self)
        case .uint64: try integers(bytes, UInt64.self)
        case .int8: try integers(bytes, Int8.self)
        case .int16: try integers(bytes, Int16.self)
        case .int32: try integers(bytes, Int32.self)
        case .int64: try integers(bytes, Int64.self)
        case .fp16: try numbers(bytes) { Float16(bitPattern: $0) }
        case .fp32: try numbers(bytes) { Float(bitPattern: $0) }
        case .fp64: try numbers(bytes) { Double(bitPattern: $0) }
        case .bytes: break
        }
    }

    private mutating func integers<Number: FixedWidthInteger>(
        _ bytes: ArraySlice<UInt8>, _ type: Number.Type
    ) throws(Refusal) {
        try each(Elements<Number>(bytes)) { number, out in
            out.append(contentsOf: number.description.utf8)
        }
    }

    private mutating func numbers<Bits: FixedWidthInteger, Number: BinaryFloatingPoint>(
        _ bytes: ArraySlice<UInt8>, _ number: (Bits) -> Number
    ) throws(Refusal) where Number: CustomStringConvertible {
        let output = output
        try each(Elements<Bits>(bytes)) { bits, out throws(Refusal) in
            let number = number(bits)
            guard number.isFinite else {
                throw Self.unwritable(output, "numbers that are not finite")
            }
            out.append(contentsOf: number.description.utf8)
        }
    }

    private mutating func each<Items: Sequence>(
        _ items: Items, _ write: (Items.Element, inout [UInt8]) throws(Refusal) -> Void
    ) throws(Refusal) {
        var isFirst = true
        for item in items {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            try write(item, &out)
            guard out.count <= GatewayLimits.body else {
                throw Self.unwritable(output, "more than \(GatewayLimits.body >> 20) MiB of text")
            }
        }
    }

    private static func unwritable(_ output: TensorSpec, _ what: String) -> Refusal {
        Refusal(
            422, "needs_binary",
            "the output \(output.name) has \(what), which are not written as JSON: ask for it in"
                + " binary form, with the parameter binary_data")
    }
}

/// Numbers as they lie in memory, little-endian.
private struct Elements<Number: FixedWidthInteger>: Sequence, IteratorProtocol {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    mutating func next() -> Number? {
        let size = MemoryLayout<Number>.size
        guard place + size <= bytes.endIndex else { return nil }
        let offset = place - bytes.startIndex
        place += size
        let number = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: offset, as: Number.self)
        }
        return Number(littleEndian: number)
    }
}

/// Reads the elements of a tensor out of JSON, in one list or in lists of lists, into the bytes
/// that they are.
struct TensorReader {
    private let input: InputTensor
    /// At their first byte. What follows is known to be JSON.
    private var scanner: JSONScanner
    /// Whether all elements stand in one list.
    private var isFlat = true
    /// Which element of each list is read, for who has to mend it.
    private var path: [Int] = []
    private var out: [UInt8] = []
    private var strings: [ArraySlice<UInt8>] = []

    init(_ input: InputTensor, _ scanner: JSONScanner) {
        self.input = input
        self.scanner = scanner
    }

    mutating func read() throws(Refusal) -> TensorData {
        var look = scanner
        look.place += 1
        look.skipSpace()
        isFlat = input.shape.count < 2 || look.next != UInt8(ascii: "[")
        switch input.datatype {
        case .bool: try pack { reader in reader.truth() }
        case .uint8: try pack { $0.integer(UInt8.self) }
        case .int8: try pack { $0.integer(Int8.self) }
        case .uint16: try pack { $0.integer(UInt16.self) }
        case .int16: try pack { $0.integer(Int16.self) }
        case .uint32: try pack { $0.integer(UInt32.self) }
        case .int32: try pack { $0.integer(Int32.self) }
        case .uint64: try pack { $0.integer(UInt64.self) }
        case .int64: try pack { $0.integer(Int64.self) }
        case .fp16: try pack { $0.number(Float16.self) { $0.bitPattern } }
        case .fp32: try pack { $0.number(Float.self) { $0.bitPattern } }
        case .fp64: try pack { $0.number(Double.self) { $0.bitPattern } }
        case .bytes:
            try TensorLimits.check(strings: input.count, input.name)
            try walk(level: 0) { $0.string() }
            return .strings(strings)
        }
        return .packed(out[...])
    }

    private mutating func pack(
        _ take: (inout TensorReader) -> Bool
    ) throws(Refusal) {
        // What the shape claims is believed as far as there are bytes for it, two for each element.
        let most = (scanner.bytes.count - scanner.place) / 2
        out.reserveCapacity(min(input.count, most) * (input.datatype.size ?? 1))
        try walk(level: 0, take)
    }

    private mutating func walk(
        level: Int, _ take: (inout TensorReader) -> Bool
    ) throws(Refusal) {
        guard scanner.take(UInt8(ascii: "[")) else { throw wrong("is no list") }
        let expected = isFlat ? input.count : input.shape[level]
        let areElements = isFlat || level == input.shape.count - 1
        scanner.skipSpace()
        var count = 0
        path.append(0)
        var isOver = scanner.take(UInt8(ascii: "]"))
        while !isOver {
            guard count < expected else { throw wrongCount("more than \(expected)", expected) }
            path[level] = count
            scanner.skipSpace()
            if !areElements {
                try walk(level: level + 1, take)
            } else if !take(&self) {
                throw wrong("is no \(input.datatype.rawValue), or beyond its range")
            }
            count += 1
            scanner.skipSpace()
            isOver = scanner.take(UInt8(ascii: "]"))
            guard isOver || scanner.take(UInt8(ascii: ",")) else {
                throw wrong("is no \(input.datatype.rawValue)")
            }
        }
        path.removeLast()
        guard count == expected else { throw wrongCount("\(count)", expected) }
    }

    private func wrong(_ what: String) -> Refusal {
        let place = path.map { "[\($0)]" }.joined()
        return .malformed(
            "the request cannot be read: input \(input.name): data\(place) \(what)")
    }

    private func wrongCount(_ count: String, _ expected: Int) -> Refusal {
        .malformed(
            "input \(input.name): the data has \(count) elements where the shape"
                + " \(Shape.text(input.shape)) has \(expected)")
    }

    // MARK: Elements

    private mutating func truth() -> Bool {
        if scanner.next == UInt8(ascii: "t"), scanner.word("true") {
            out.append(1)
            return true
        }
        guard scanner.word("false") else { return false }
        out.append(0)
        return true
    }

    private mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type) -> Bool {
        guard let numeral = scanner.numeral(), let number = numeral.integer(type) else {
            return false
        }
        out.append(littleEndian: number)
        return true
    }

    /// By way of a Double, as other servers do.
    private mutating func number<Number: BinaryFloatingPoint>(
        _ type: Number.Type, _ bits: (Number) -> some FixedWidthInteger
    ) -> Bool {
        guard let numeral = scanner.numeral() else { return false }
        let number = Number(numeral.number)
        guard number.isFinite else { return false }
        out.append(littleEndian: bits(number))
        return true
    }

    private mutating func string() -> Bool {
        guard scanner.next == UInt8(ascii: "\""), let text = try? scanner.text() else {
            return false
        }
        strings.append(Array(text.utf8)[...])
        return true
    }
}

enum TensorLimits {
    /// Strings travel as a part each, and parts are counted.
    static func check(strings: Int, _ input: String) throws(Refusal) {
        guard strings <= Envelope.mostParts else {
            throw Refusal(
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

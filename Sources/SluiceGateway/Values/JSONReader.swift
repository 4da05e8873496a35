// Foundation's decoder finds out what a value is by trying, with an error thrown for each try that
// fails: some five microseconds for each byte of `[],[],…`, which is a minute for a body that the
// gateway takes. Whoever sends it would stop the gateway for all.

extension JSONScanner {
    /// Values in one text; each takes many times the byte or two that it may be written in.
    static let mostValues = 1 << 20

    /// The value that the bytes are, and nothing but that.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(ValueError) -> Value {
        guard isUTF8(bytes) else { throw .notJSON }
        var scanner = JSONScanner(bytes: bytes)
        var left = mostValues
        let value = try scanner.read(depth: 0, &left)
        guard scanner.isAtEnd else { throw .notJSON }
        return value
    }

    /// A value and the space around it.
    ///
    /// - Parameter left: how many values there may be yet.
    mutating func read(depth: Int, _ left: inout Int) throws(ValueError) -> Value {
        guard depth < Self.deepest else { throw .notJSON }
        guard left > 0 else { throw .tooManyValues(limit: Self.mostValues) }
        left -= 1
        skipSpace()
        let value: Value
        switch next {
        case UInt8(ascii: "{"): value = try object(depth, &left)
        case UInt8(ascii: "["): value = try array(depth, &left)
        case UInt8(ascii: "\""): value = .string(try text())
        case UInt8(ascii: "t") where word("true"): value = true
        case UInt8(ascii: "f") where word("false"): value = false
        case UInt8(ascii: "n") where word("null"): value = .null
        default: value = try numeral()
        }
        skipSpace()
        return value
    }

    private mutating func array(_ depth: Int, _ left: inout Int) throws(ValueError) -> Value {
        place += 1
        skipSpace()
        var items: [Value] = []
        guard !take(UInt8(ascii: "]")) else { return .array(items) }
        while true {
            items.append(try read(depth: depth + 1, &left))
            guard !take(UInt8(ascii: "]")) else { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw .notJSON }
        }
    }

    private mutating func object(_ depth: Int, _ left: inout Int) throws(ValueError) -> Value {
        place += 1
        skipSpace()
        var fields: [String: Value] = [:]
        guard !take(UInt8(ascii: "}")) else { return .object(fields) }
        while true {
            skipSpace()
            let key = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw .notJSON }
            let value = try read(depth: depth + 1, &left)
            if fields.updateValue(value, forKey: key) != nil { try Self.check(key, in: fields) }
            guard !take(UInt8(ascii: "}")) else { return .object(fields) }
            guard take(UInt8(ascii: ",")) else { throw .notJSON }
        }
    }

    /// The last of several fields of one name counts, as for other readers of JSON. But `String`
    /// takes é for the same whether it is written in one scalar or in two, and JSON does not.
    private static func check(_ key: String, in fields: [String: Value]) throws(ValueError) {
        guard let index = fields.index(forKey: key),
            fields.keys[index].utf8.elementsEqual(key.utf8)
        else { throw .ambiguousKey(key) }
    }

    // MARK: Words and numbers

    mutating func text() throws(ValueError) -> String {
        let start = place
        guard string() else { throw .notJSON }
        let inside = UnsafeBufferPointer(rebasing: bytes[start + 1..<place - 1])
        guard inside.contains(UInt8(ascii: "\\")) else {
            return String(decoding: inside, as: UTF8.self)
        }
        return try Self.unescaped(inside)
    }

    private static func unescaped(
        _ inside: UnsafeBufferPointer<UInt8>
    ) throws(ValueError) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(inside.count)
        var place = 0
        while place < inside.count {
            let byte = inside[place]
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            let letter = inside[place]
            place += 1
            switch letter {
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "u"):
                let scalar = try scalar(in: inside, at: &place)
                out.append(contentsOf: Character(scalar).utf8)
            default: out.append(letter)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// What follows a \u, and a second one where it takes two.
    private static func scalar(
        in inside: UnsafeBufferPointer<UInt8>, at place: inout Int
    ) throws(ValueError) -> UnicodeScalar {
        let first = unit(in: inside, at: &place)
        if let scalar = UnicodeScalar(first) { return scalar }
        // Half a character, and the other half has to follow.
        guard UTF16.isLeadSurrogate(first), place + 6 <= inside.count,
            inside[place] == UInt8(ascii: "\\"), inside[place + 1] == UInt8(ascii: "u")
        else { throw .notJSON }
        place += 2
        let second = unit(in: inside, at: &place)
        guard UTF16.isTrailSurrogate(second),
            let scalar = UnicodeScalar(
                0x10000 + (UInt32(first) - 0xd800) << 10 + UInt32(second) - 0xdc00)
        else { throw .notJSON }
        return scalar
    }

    /// Four digits, which the scanner has seen.
    private static func unit(
        in inside: UnsafeBufferPointer<UInt8>, at place: inout Int
    ) -> UInt16 {
        defer { place += 4 }
        return (place..<place + 4).reduce(0) { sum, index in
            let digit = Character(UnicodeScalar(inside[index])).hexDigitValue ?? 0
            return sum << 4 | UInt16(digit)
        }
    }

    private mutating func numeral() throws(ValueError) -> Value {
        let start = place
        guard number() else { throw .notJSON }
        let digits = String(decoding: bytes[start..<place], as: UTF8.self)
        if let integer = Int64(digits) { return .integer(integer) }
        // What is too large for any number of ours is no number.
        guard let number = Double(digits), number.isFinite else { throw .notJSON }
        return .number(number)
    }
}

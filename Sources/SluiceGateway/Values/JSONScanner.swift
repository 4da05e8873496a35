/// JSON, as RFC 8259 has it, byte by byte: looked at where it lies, in one pass. `JSONReader` makes
/// values of it, `JSONText` only wants to know whether it is any.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var place = 0
    /// As deep as anything may be nested.
    static let deepest = 512

    var next: UInt8? { place < bytes.count ? bytes[place] : nil }
    var isAtEnd: Bool { place == bytes.count }

    /// Whether it can be text at all; what is read below takes that for granted.
    static func isUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        do { _ = try UTF8Span(validating: bytes.span) } catch { return false }
        return true
    }

    /// Goes behind a value and the space around it.
    mutating func value(depth: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        skipSpace()
        defer { skipSpace() }
        switch next {
        case UInt8(ascii: "{"): return list(UInt8(ascii: "}"), depth, isObject: true)
        case UInt8(ascii: "["): return list(UInt8(ascii: "]"), depth, isObject: false)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    mutating func list(_ end: UInt8, _ depth: Int, isObject: Bool) -> Bool {
        place += 1
        skipSpace()
        guard !take(end) else { return true }
        while true {
            if isObject {
                skipSpace()
                guard string() else { return false }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { return false }
            }
            guard value(depth: depth + 1) else { return false }
            guard !take(end) else { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while let byte = next {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    mutating func escape() -> Bool {
        guard let letter = next else { return false }
        place += 1
        guard letter == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(letter) }
        for _ in 0..<4 {
            guard let digit = next, Character(UnicodeScalar(digit)).isHexDigit else {
                return false
            }
            place += 1
        }
        return true
    }

    mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { guard digits() else { return false } }
        if take(UInt8(ascii: ".")) { guard digits() else { return false } }
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return true }
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        return digits()
    }

    mutating func digits() -> Bool {
        let start = place
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { place += 1 }
        return place > start
    }

    mutating func word(_ word: StaticString) -> Bool {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { return false }
        }
        return true
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            place += 1
        }
    }
}

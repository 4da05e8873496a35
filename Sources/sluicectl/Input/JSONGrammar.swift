/// Whether text is one JSON value, to the letter of RFC 8259, which decides what `submit` sends as
/// it is and what as a string.
///
/// Foundation has two readers. The decoder lets a comma pass before a closing bracket, and
/// `JSONSerialization` brings along all of Foundation with Unicode's tables: a tool linked
/// statically was three times as large.
func isJSON(_ text: String) -> Bool {
    var grammar = JSONGrammar(rest: Array(text.utf8)[...])
    return grammar.takeValue(depth: 0) && grammar.rest.isEmpty
}

/// Takes one piece after another from the front; each `take` says whether the piece was there.
private struct JSONGrammar {
    /// Lists in lists, before the stack is at risk.
    static let deepest = 512

    var rest: ArraySlice<UInt8>

    /// A value and the space around it.
    mutating func takeValue(depth: Int) -> Bool {
        guard depth < Self.deepest else { return false }
        skipSpace()
        defer { skipSpace() }
        switch rest.first {
        case UInt8(ascii: "["):
            return takeList(until: "]") { $0.takeValue(depth: depth + 1) }
        case UInt8(ascii: "{"):
            return takeList(until: "}") {
                $0.takeKey() && $0.take(":") && $0.takeValue(depth: depth + 1)
            }
        case UInt8(ascii: "\""): return takeString()
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return takeNumber()
        }
    }

    private mutating func takeList(
        until end: StaticString, _ takeItem: (inout Self) -> Bool
    ) -> Bool {
        rest.removeFirst()
        skipSpace()
        if take(end) { return true }
        repeat {
            guard takeItem(&self) else { return false }
        } while take(",")
        return take(end)
    }

    private mutating func takeKey() -> Bool {
        skipSpace()
        defer { skipSpace() }
        return takeString()
    }

    private mutating func takeString() -> Bool {
        guard take("\"") else { return false }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard takeEscape() else { return false }
            case 0..<0x20: return false
            default: continue
            }
        }
        return false
    }

    private mutating func takeEscape() -> Bool {
        guard let byte = rest.popFirst() else { return false }
        guard byte == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(byte) }
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        return digits.count == 4
            && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }

    private mutating func takeNumber() -> Bool {
        _ = take("-")
        guard take("0") || takeDigits() else { return false }
        if take("."), !takeDigits() { return false }
        guard take("e") || take("E") else { return true }
        _ = take("+") || take("-")
        return takeDigits()
    }

    private mutating func takeDigits() -> Bool {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[digits.endIndex...]
        return !digits.isEmpty
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let bytes = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard rest.starts(with: bytes) else { return false }
        rest = rest.dropFirst(bytes.count)
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { " \t\r\n".utf8.contains($0) }
    }
}

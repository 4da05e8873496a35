/// One pass over the bytes of a document, for `KeyLines`. Every loop either moves on or ends.
struct KeyWalk {
    typealias Note = (_ path: [String], _ line: Int) -> Void

    /// Tables and lists in one another; a configuration needs four. TOMLKit goes as deep as the
    /// text does, until the stack ends.
    static let depth = 32

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Where the header or the key with its value began.
    private var statement = 0
    /// How often there was a header `[[path]]`.
    private var listed: [[String]: Int] = [:]
    private(set) var hazard: KeyLines.Hazard?

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func document(_ note: Note) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { skip(3) }
        var table: [String] = []
        while let next = skipBlank() {
            statement = position
            guard next == UInt8(ascii: "[") else {
                pair(in: table, note)
                continue
            }
            table = header(note)
        }
    }

    private mutating func header(_ note: Note) -> [String] {
        let isListed = starts(with: Array("[[".utf8))
        skip(isListed ? 2 : 1)
        skipSpace()
        // TOMLKit aborts the process over a header that does not begin with a key.
        guard let byte = current, Self.beginsKey(byte) || byte == UInt8(ascii: "]") else {
            if current != nil { stop("syntax error in table header: expected a key") }
            return []
        }
        let line = line
        let table = key(under: [], note)
        while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") {
            skip(1)
        }
        guard isListed else { return table }
        let number = listed[table] ?? 0
        listed[table] = number + 1
        let element = table + [String(number)]
        note(element, line)
        return element
    }

    /// `key = value`; moves at least one byte.
    private mutating func pair(in table: [String], _ note: Note) {
        let start = position
        let path = key(under: table, note)
        skipSpace()
        if current == UInt8(ascii: "=") { skip(1) }
        skipSpace()
        value(at: path, note)
        if position == start { skip(1) }
    }

    private mutating func value(at path: [String], _ note: Note) {
        guard path.count <= Self.depth else {
            return stop("more than \(Self.depth) tables and lists in one another")
        }
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = string()
        case UInt8(ascii: "["): array(at: path, note)
        case UInt8(ascii: "{"): inlineTable(at: path, note)
        default: scalar()
        }
    }

    /// A value without quotes, which has to be one word that TOML knows. TOMLKit aborts over
    /// several kinds of almost-numbers and almost-dates; and a date with a time after a blank,
    /// though TOML, is not worth telling from those: no key takes one.
    private mutating func scalar() {
        let start = position
        while let byte = current, !Self.endsWord(byte) { skip(1) }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        skipSpace()
        let isAlone = current.map(Self.endsScalar) ?? true
        guard word.isEmpty || (isAlone && ScalarWord.isKnown(word)) else {
            position = start
            return stop("syntax error in value: not a number, true or false; text needs quotes")
        }
    }

    private mutating func array(at path: [String], _ note: Note) {
        skip(1)
        var index = 0
        while let byte = skipBlank() {
            guard byte != UInt8(ascii: "]") else { return skip(1) }
            guard byte != UInt8(ascii: ",") else {
                skip(1)
                continue
            }
            // Likewise over some elements of a list that do not begin as a value does.
            guard Self.beginsValue(byte) else {
                return stop("syntax error in array: expected a value")
            }
            let element = path + [String(index)]
            note(element, line)
            let start = position
            value(at: element, note)
            if position == start { skip(1) }
            index += 1
        }
    }

    private mutating func inlineTable(at path: [String], _ note: Note) {
        skip(1)
        while let byte = skipBlank() {
            guard byte != UInt8(ascii: "}") else { return skip(1) }
            guard byte != UInt8(ascii: ",") else {
                skip(1)
                continue
            }
            pair(in: path, note)
        }
    }

    /// A dotted key; notes it and every table it passes through.
    private mutating func key(under table: [String], _ note: Note) -> [String] {
        var path = table
        let line = line
        while true {
            skipSpace()
            path.append(keyPart())
            guard path.count <= Self.depth else {
                stop("more than \(Self.depth) tables in one another")
                return path
            }
            note(path, line)
            skipSpace()
            guard current == UInt8(ascii: ".") else { return path }
            skip(1)
        }
    }

    private mutating func keyPart() -> String {
        if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") { return string() }
        let start = position
        while let byte = current, !Self.endsBareKey(byte) { skip(1) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Passes a string of any of the four kinds and gives its text. Escapes are undone only as
    /// far as a quoted key may need them: all but a line break in a multi-line string.
    private mutating func string() -> String {
        guard let quote = current else { return "" }
        let isBasic = quote == UInt8(ascii: "\"")
        let isLong = starts(with: [quote, quote, quote])
        skip(isLong ? 3 : 1)
        var text: [UInt8] = []
        while let byte = current, isLong || byte != UInt8(ascii: "\n") {
            if isBasic, byte == UInt8(ascii: "\\") {
                skip(1)
                text += escape()
            } else if byte != quote || (isLong && !starts(with: [quote, quote, quote])) {
                text.append(byte)
                skip(1)
            } else {
                break
            }
        }
        // A long string may end with one or two quotes of its own before the closing three.
        for _ in 0..<(isLong ? 5 : 1) where current == quote { skip(1) }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape() -> [UInt8] {
        guard let byte = current else { return [] }
        skip(1)
        switch byte {
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "u"): return scalar(digits: 4)
        case UInt8(ascii: "U"): return scalar(digits: 8)
        default: return [byte]
        }
    }

    private mutating func scalar(digits: Int) -> [UInt8] {
        let end = min(position + digits, bytes.count)
        let code = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        skip(end - position)
        guard let scalar = code.flatMap(Unicode.Scalar.init) else { return [] }
        return Array(String(scalar).utf8)
    }

    /// Passes spaces, line ends and comments; gives the byte that follows.
    private mutating func skipBlank() -> UInt8? {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "#"):
                while let byte = current, byte != UInt8(ascii: "\n") { skip(1) }
            case 0x20, 0x09, 0x0A, 0x0D: skip(1)
            default: return byte
            }
        }
        return nil
    }

    private mutating func skipSpace() {
        while current == 0x20 || current == 0x09 { skip(1) }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func starts(with prefix: [UInt8]) -> Bool { bytes[position...].starts(with: prefix) }

    private mutating func skip(_ count: Int) {
        for _ in 0..<count where position < bytes.count {
            position += 1
            guard bytes[position - 1] == UInt8(ascii: "\n") else { continue }
            line += 1
            lineStart = position
        }
    }

    /// Ends the walk: what comes behind a hazard is not to be read.
    private mutating func stop(_ message: String) {
        guard hazard == nil else { return }
        let before = String(decoding: bytes[lineStart..<position], as: UTF8.self)
        hazard = KeyLines.Hazard(
            line: line, column: before.unicodeScalars.count + 1, message: message,
            offset: statement)
        position = bytes.count
    }

    private static func beginsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "["),
            UInt8(ascii: "{"):
            true
        default: false
        }
    }

    private static func beginsKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "\""), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private static func endsBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "="), UInt8(ascii: "]"), UInt8(ascii: "#"), 0x20,
            0x09, 0x0A, 0x0D:
            true
        default: false
        }
    }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"),
            UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            true
        default: false
        }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || endsScalar(byte)
    }
}

/// A file of environment variables, as systemd.exec(5) reads it for `EnvironmentFile=`. It is an
/// operator's: what is not changed stays as it was written.
struct EnvironmentText {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    enum Objection: Error, Hashable {
        /// It ends within a quote or a line that goes on, to which what is added would belong.
        case openQuote
        /// A variable is in it twice, and only the last counts.
        case twice(String)
    }

    func contains(_ name: String) -> Bool { assignments.contains { $0.name == name } }

    /// Gives a variable a value, where it is or at the end.
    mutating func set(_ name: String, _ value: String) throws(Objection) {
        guard !isOpen else { throw .openQuote }
        let line = Array("\(name)=\(Self.written(value))".utf8)
        let present = assignments.filter { $0.name == name }
        guard present.count < 2 else { throw .twice(name) }
        if let place = present.first?.range {
            return bytes.replaceSubrange(place, with: line)
        }
        if let last = bytes.last, !isLineEnd(last) { bytes.append(newline) }
        bytes += line + [newline]
    }

    /// A value as it is read back: plain where nothing in it means something, else quoted.
    static func written(_ value: String) -> String {
        let scalars = value.unicodeScalars
        let isPlain =
            !scalars.contains { $0 == "\\" || $0 == "\n" || $0 == "\r" }
            && !(scalars.first.map { "\"' \t".unicodeScalars.contains($0) } ?? false)
            && !(scalars.last.map { " \t".unicodeScalars.contains($0) } ?? false)
        return isPlain ? value : quoted(value, escaping: "\"\\`$")
    }

    // MARK: Reading

    private struct Assignment {
        let name: String
        /// From its name to where its line ends.
        let range: Range<Int>
    }

    private enum State {
        case start, comment, commentEscape, name, beforeValue, value, valueEscape
        case single, double, doubleEscape
    }

    private var isOpen: Bool { read().end != .start }

    private var assignments: [Assignment] { read().assignments }

    private func read() -> (assignments: [Assignment], end: State) {
        var found: [Assignment] = []
        var state = State.start
        var start = 0
        var name = ""
        let whole = bytes.last.map(isLineEnd) == true ? bytes : bytes + [newline]
        for (index, byte) in whole.enumerated() {
            let before = state
            state = Self.next(state, byte)
            switch (before, state) {
            case (.start, .name): start = index
            case (.name, .beforeValue):
                name =
                    String(decoding: bytes[start..<index], as: UTF8.self)
                    .trimmingSpaces
            case (.beforeValue, .start), (.value, .start):
                found.append(Assignment(name: name, range: start..<index))
            default: break
            }
        }
        return (found, state)
    }

    private static func next(_ state: State, _ byte: UInt8) -> State {
        let isEnd = isLineEnd(byte)
        let isEscape = byte == UInt8(ascii: "\\")
        return switch state {
        case .start: startOfLine(byte)
        case .comment: isEnd ? .start : isEscape ? .commentEscape : .comment
        case .commentEscape: .comment
        case .name: isEnd ? .start : byte == UInt8(ascii: "=") ? .beforeValue : .name
        case .beforeValue: isEnd ? .start : isEscape ? .valueEscape : startOfValue(byte)
        case .value: isEnd ? .start : isEscape ? .valueEscape : .value
        case .valueEscape: .value
        case .single: byte == UInt8(ascii: "'") ? .beforeValue : .single
        case .double:
            byte == UInt8(ascii: "\"") ? .beforeValue : isEscape ? .doubleEscape : .double
        case .doubleEscape: .double
        }
    }

    private static func startOfLine(_ byte: UInt8) -> State {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: ";"): .comment
        case UInt8(ascii: " "), UInt8(ascii: "\t"), newline, carriageReturn: .start
        default: .name
        }
    }

    private static func startOfValue(_ byte: UInt8) -> State {
        switch byte {
        case UInt8(ascii: "'"): .single
        case UInt8(ascii: "\""): .double
        case UInt8(ascii: " "), UInt8(ascii: "\t"): .beforeValue
        default: .value
        }
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

/// systemd ends a line at either: what follows one is a variable of its own.
private func isLineEnd(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }

extension String {
    fileprivate var trimmingSpaces: String {
        var rest = self[...]
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

/// The words of a command as systemd takes them apart again where `$COMMAND` stands.
func commandLine(_ words: [String]) -> String {
    words.map { word in
        let isPlain =
            !word.isEmpty
            && !word.unicodeScalars.contains { scalar in
                "\"'\\".unicodeScalars.contains(scalar) || scalar.properties.isWhitespace
            }
        return isPlain ? word : quoted(word, escaping: "\"\\")
    }.joined(separator: " ")
}

/// In double quotes, as shells and systemd have them. By scalars: a quote with an accent on it is
/// another character to Swift, and a quote to them.
func quoted(_ text: String, escaping special: String) -> String {
    let inner = text.unicodeScalars.reduce(into: "") { text, scalar in
        if special.unicodeScalars.contains(scalar) { text.unicodeScalars.append("\\") }
        text.unicodeScalars.append(scalar)
    }
    return "\"\(inner)\""
}

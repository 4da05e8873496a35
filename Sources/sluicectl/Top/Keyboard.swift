/// A key, whatever bytes a terminal makes of it.
enum Key: Hashable {
    case character(Character)
    case up, down, pageUp, pageDown, home, end
    case enter, escape, backspace
    /// Wipe the line that is typed: ^U.
    case wipe
    /// Draw everything anew: ^L.
    case redraw
}

/// Bytes from a terminal to keys.
///
/// An arrow is an escape sequence, and over a slow line it may come in pieces; Esc alone is the
/// first byte of one. So after an Esc with nothing behind it `isUndecided`, and whoever reads
/// says by `decide` that nothing more came for a moment.
///
/// What is pasted is dropped: the word "python" in the wrong window is a p and a y, and would pause
/// a queue. Its end is looked for in all that comes, in however many pieces; where it never comes
/// the paste ends with a silence, or no key would do anything any more.
struct Keyboard {
    private var pending: [UInt8] = []
    private var isPasting = false
    /// Times that `decide` was called since anything came.
    private var silences = 0

    /// Tells a terminal to say where a paste begins and ends; one that cannot does not mind.
    static let markPastes = "\u{1B}[?2004h"
    static let markNoPastes = "\u{1B}[?2004l"
    private static let pasteBegins = Array("\u{1B}[200~".utf8)
    private static let pasteEnds = Array("\u{1B}[201~".utf8)

    private static let escape: UInt8 = 0x1B
    /// Longer than any key's sequence; what is longer is none.
    private static let longest = 16

    /// Longer than a slow line pauses within a paste: some two seconds, as `TopLoop` counts.
    private static let longestSilence = 32

    /// Whether `decide` shall be called when nothing more comes.
    var isUndecided: Bool { !pending.isEmpty || isPasting }

    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        silences = 0
        var keys: [Key] = []
        while skipPaste(), let (length, key) = first() {
            isPasting = pending.prefix(length).elementsEqual(Self.pasteBegins)
            pending.removeFirst(length)
            if let key { keys.append(key) }
        }
        return keys
    }

    /// Nothing more came for a moment. What is left will not be continued: Esc is Esc, anything
    /// else is dropped; but for the end of a paste, for which more patience is had.
    mutating func decide() -> [Key] {
        silences += 1
        guard !isPasting || silences >= Self.longestSilence else { return [] }
        defer { (pending, isPasting) = ([], false) }
        return pending == [Self.escape] && !isPasting ? [.escape] : []
    }

    /// Drops what is pasted; false while its end has not come.
    private mutating func skipPaste() -> Bool {
        guard isPasting else { return true }
        guard let end = pending.firstRange(of: Self.pasteEnds) else {
            // No more of it than may be the beginning of the end.
            pending = pending.suffix(Self.pasteEnds.count - 1)
            return false
        }
        pending.removeSubrange(..<end.upperBound)
        isPasting = false
        return true
    }

    /// The first key and its bytes; no key for bytes that are none of ours; nil while undecided.
    private func first() -> (Int, Key?)? {
        guard let byte = pending.first else { return nil }
        guard byte == Self.escape else { return plain(byte) }
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "["): return control()
        case UInt8(ascii: "O"):
            guard pending.count > 2 else { return nil }
            return (3, named(final: pending[2], parameter: 0))
        default:
            // No sequence of ours: Esc was pressed, and then something else.
            return (1, .escape)
        }
    }

    /// `ESC [`, digits and semicolons, and a letter or `~`.
    private func control() -> (Int, Key?)? {
        let body = pending.dropFirst(2).prefix { !(0x40...0x7E).contains($0) }
        let end = 2 + body.count
        guard end < pending.count else {
            return pending.count > Self.longest ? (pending.count, nil) : nil
        }
        let digits = body.prefix { (0x30...0x39).contains($0) }
        let parameter = Int(String(decoding: digits, as: UTF8.self)) ?? 0
        return (end + 1, named(final: pending[end], parameter: parameter))
    }

    private func named(final: UInt8, parameter: Int) -> Key? {
        switch (final, parameter) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), 1), (UInt8(ascii: "~"), 7): .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), 4), (UInt8(ascii: "~"), 8): .end
        case (UInt8(ascii: "M"), _): .enter
        case (UInt8(ascii: "~"), 5): .pageUp
        case (UInt8(ascii: "~"), 6): .pageDown
        default: nil
        }
    }

    private func plain(_ byte: UInt8) -> (Int, Key?)? {
        switch byte {
        case 0x0A, 0x0D: return (1, .enter)
        case 0x08, 0x7F: return (1, .backspace)
        case 0x0C: return (1, .redraw)
        case 0x15: return (1, .wipe)
        case 0x20..<0x7F: return (1, .character(Character(Unicode.Scalar(byte))))
        case 0xC0...: break
        default: return (1, nil)
        }
        // No key of ours is beyond ASCII; the character is skipped as one, for its later bytes
        // would be taken for keys nowhere.
        let tail = pending.dropFirst().prefix { (0x80..<0xC0).contains($0) }
        return (1 + tail.count, nil)
    }
}

/// Lines to what a terminal is sent: one string a frame, written at once.
///
/// The sequences are those of every terminal of the last thirty years, ssh, tmux and the Linux
/// console included: cursor home, erase to the end of the line, bold, faint, reverse and eight
/// colours. curses would add a library, a terminal database that has to be there for `ssh`, and a
/// second idea of what the screen holds, to save bytes that a frame a second does not need.
/// Lines are written over the last ones rather than after clearing, so nothing flickers.
struct ScreenPainter {
    var coloured: Bool
    /// Whether the terminal takes UTF-8; else what is not ASCII is replaced.
    var unicode: Bool

    /// What comes before the first frame: another screen, so that the shell's is there afterwards,
    /// no cursor, and no wrapping, should a terminal give a character more room than we think.
    static let enter = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l" + Keyboard.markPastes
    static let leave = Keyboard.markNoPastes + "\u{1B}[?7h\u{1B}[?25h\u{1B}[0m\u{1B}[?1049l"
    /// Before a frame in a window of another size, where the terminal moved what was there.
    static let wipe = "\u{1B}[2J"

    /// - Parameter lines: as many as the window has rows.
    func frame(_ lines: [ScreenLine], columns width: Int) -> String {
        "\u{1B}[H" + lines.map { paint($0, width) }.joined(separator: "\r\n")
    }

    private func paint(_ line: ScreenLine, _ width: Int) -> String {
        let cells = cut(line, to: width)
        let used = cells.reduce(0) { $0 + columns(of: $1.text) }
        guard line.isSelected else {
            let style = Style(coloured: coloured, width: nil)
            let text = cells.map { style.paint($0) }.joined()
            // Behind a full line the cursor still stands on the last column, and would erase it.
            return used < width ? text + "\u{1B}[K" : text
        }
        // A colour inside would end the reversal. It is no colour itself, so NO_COLOR has it, too.
        let text = cells.map(\.text).joined()
        let rest = String(repeating: " ", count: max(0, width - used))
        return "\u{1B}[7m\(text)\(rest)\u{1B}[0m"
    }

    /// Never wider than the window: a line that wraps would push the others off the screen.
    func cut(_ line: ScreenLine, to width: Int) -> [Cell] {
        var room = width
        var kept: [Cell] = []
        for cell in line.cells where room > 0 {
            let text = clipped(harmless(cell.text), to: room)
            kept.append(Cell(text, cell.tone))
            // A cell that was cut ends the line, also where a wide character left a column.
            room = text == harmless(cell.text) ? room - columns(of: text) : 0
        }
        return kept.map { Cell(unicode ? $0.text : ascii($0.text), $0.tone) }
    }

    /// `Cell` took out what a terminal obeys; what turns the direction of writing, or has no width,
    /// would put names in other columns than their own.
    private func harmless(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .format ? "\u{FFFD}" : $0
                }))
    }

    private func ascii(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "●": "*"
            case "…": "~"
            case "→": ">"
            case "µ": "u"
            default:
                scalar.isASCII
                    ? String(scalar)
                    : String(repeating: "?", count: columns(of: String(scalar)))
            }
        }.joined()
    }
}

import Testing

@testable import sluicectl

@Suite("What the screen sends to a terminal")
struct TopPainterTests {
    let plain = ScreenPainter(coloured: false, unicode: true)

    @Test("Lines are written over the old ones, and what was longer is erased")
    func overwrites() {
        let frame = plain.frame(
            [ScreenLine([Cell("one", .bad)]), ScreenLine([]), ScreenLine(["12345678"])], columns: 8)
        #expect(frame == "\u{1B}[Hone\u{1B}[K\r\n\u{1B}[K\r\n12345678")
    }

    @Test("The selected row is reversed to the edge, also without colours")
    func selection() {
        let line = ScreenLine([Cell("ab", .good), Cell("c")], isSelected: true)
        for painter in [plain, ScreenPainter(coloured: true, unicode: true)] {
            #expect(painter.frame([line], columns: 6) == "\u{1B}[H\u{1B}[7mabc   \u{1B}[0m")
        }
    }

    @Test("Colours are there for who wants them, and cost no column")
    func colours() {
        let painter = ScreenPainter(coloured: true, unicode: true)
        let frame = painter.frame([ScreenLine([Cell("abcdef", .bad), "g"])], columns: 4)
        #expect(frame == "\u{1B}[H\u{1B}[1;31mabc…\u{1B}[0m")
    }

    @Test("Without UTF-8 nothing but ASCII is sent, in as many columns")
    func ascii() {
        let painter = ScreenPainter(coloured: false, unicode: false)
        let frame = painter.frame([ScreenLine(["● 1 → 2 … 3µs é図x"])], columns: 40)
        #expect(frame == "\u{1B}[H* 1 > 2 ~ 3us ???x\u{1B}[K")
    }

    @Test("What names bring along cannot steer the terminal or turn the line around")
    func harmless() {
        let frame = plain.frame(
            [ScreenLine([Cell("a\u{1B}[2J\u{9B}2J\u{202E}b\r\n")])], columns: 40)
        #expect(frame == "\u{1B}[Ha\u{FFFD}[2J\u{FFFD}2J\u{FFFD}b\u{FFFD}\u{FFFD}\u{1B}[K")
    }

    @Test("Wide characters count twice, marks not at all, and half a one is never shown")
    func widths() {
        for (text, width) in [
            ("abc", 3), ("", 0), ("図x", 3), ("e\u{301}", 1), ("ｆｕ", 4), ("한글", 4), ("…", 1),
            ("🙂", 2), ("▁█", 2),
        ] {
            #expect(columns(of: text) == width, "\(text)")
        }
        #expect(clipped("abc", to: 3) == "abc")
        #expect(clipped("abcd", to: 3) == "ab…")
        #expect(clipped("図図図", to: 4) == "図…")
        #expect(clipped("図図", to: 1) == "…")
        #expect(clipped("x", to: 0) == "")
    }
}

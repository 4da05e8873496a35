import Testing

@testable import sluicectl

@Suite("Bytes of a keyboard")
struct KeyboardTests {
    static let keys: [(String, [Key])] = [
        ("q", ["q"]), ("\r", [.enter]), ("\n", [.enter]), ("\u{7F}", [.backspace]),
        ("\u{8}", [.backspace]), ("\u{C}", [.redraw]), ("\u{15}", [.wipe]),
        ("\u{1B}[A", [.up]), ("\u{1B}OA", [.up]), ("\u{1B}[B", [.down]), ("\u{1B}OB", [.down]),
        ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]),
        ("\u{1B}[H", [.home]), ("\u{1B}[1~", [.home]), ("\u{1B}OH", [.home]),
        ("\u{1B}[F", [.end]), ("\u{1B}[4~", [.end]), ("\u{1B}[1;5A", [.up]),
        ("\u{1B}[A\u{1B}[Bjk", [.up, .down, "j", "k"]),
        // Keys that mean nothing here, whole: F5, a left arrow, Insert, ^A, and é, which is two.
        ("\u{1B}[15~x", ["x"]), ("\u{1B}[Dx", ["x"]), ("\u{1B}[2~x", ["x"]), ("\u{1}x", ["x"]),
        ("éx", ["x"]), ("図y", ["y"]),
        // What is pasted, lines and all, is no key.
        ("j\u{1B}[200~python\rq\u{1B}[A\u{1B}[201~k", ["j", "k"]),
        ("\u{1B}x", [.escape, "x"]), ("\u{1B}\u{1B}[A", [.escape, .up]),
    ]

    @Test("Each is the key it was, however the line cuts its bytes", arguments: keys)
    func anyCut(text: String, wanted: [Key]) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var keyboard = Keyboard()
            let keys = keyboard.feed(bytes[..<cut]) + keyboard.feed(bytes[cut...])
            #expect(keys == wanted, "cut at \(cut)")
            #expect(!keyboard.isUndecided)
        }
        var keyboard = Keyboard()
        #expect(bytes.flatMap { keyboard.feed([$0]) } == wanted)
    }

    @Test("Esc alone is Esc once nothing followed it, and half a sequence is nothing")
    func alone() {
        var keyboard = Keyboard()
        #expect(keyboard.feed([0x1B]) == [])
        #expect(keyboard.isUndecided)
        #expect(keyboard.decide() == [.escape])
        #expect(!keyboard.isUndecided)
        #expect(keyboard.feed(Array("\u{1B}[1;".utf8)) == [])
        #expect(keyboard.decide() == [])
        #expect(keyboard.feed(Array("q".utf8)) == ["q"])
    }

    @Test(
        "A paste ends however slowly its bytes come", arguments: ["py", "p\u{1B}", "\u{1B}[1", ""])
    func slowPaste(pasted: String) {
        let begins = Array("\u{1B}[200~".utf8)
        let rest = Array("\(pasted)\u{1B}[201~".utf8)
        for cut in 0...rest.count {
            var keyboard = Keyboard()
            var keys = keyboard.feed(begins + rest[..<cut]) + keyboard.decide()
            keys += keyboard.feed(rest[cut...]) + keyboard.feed(Array("q".utf8))
            #expect(keys == ["q"], "cut at \(cut)")
        }
        var keyboard = Keyboard()
        #expect(keyboard.feed(begins) == [])
        #expect(rest.flatMap { keyboard.feed([$0]) + keyboard.decide() } == [])
        #expect(keyboard.feed(Array("q".utf8)) == ["q"])
    }

    @Test("A paste whose end never comes is over after a silence, and not before")
    func endlessPaste() {
        var keyboard = Keyboard()
        #expect(keyboard.feed(Array("\u{1B}[200~py".utf8)) == [])
        var silences = 0
        while keyboard.isUndecided, silences < 1000 {
            #expect(keyboard.decide() == [])
            silences += 1
            // What comes after half of it begins it anew.
            if silences == 10 { #expect(keyboard.feed(Array("py".utf8)) == []) }
        }
        #expect((20..<1000).contains(silences))
        #expect(keyboard.feed(Array("q".utf8)) == ["q"])
    }

    @Test("A sequence without an end is given up, and keys work again")
    func endless() {
        var keyboard = Keyboard()
        let bytes = Array("\u{1B}[".utf8) + Array(repeating: UInt8(ascii: "1"), count: 100)
        #expect(bytes.flatMap { keyboard.feed([$0]) }.allSatisfy { $0 == "1" })
        #expect(keyboard.feed(Array("q".utf8)).last == "q")
    }
}

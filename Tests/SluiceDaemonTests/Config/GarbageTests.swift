import Testing

@testable import SluiceDaemon

@Suite("Garbage in the configuration")
struct GarbageTests {
    /// Always the same sequence, so that a failure comes back (xorshift).
    struct Dice: RandomNumberGenerator {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    @Test("A file with bytes changed, lost or doubled is accepted or gets errors with a line")
    func mutations() throws {
        var dice = Dice()
        for name in ["everything", "spellings", "warnings"] {
            let bytes = Array(try Vectors.text(of: "Tests/Vectors/config/valid/\(name).toml").utf8)
            for _ in 0..<300 {
                var mutated = bytes
                for _ in 0..<Int.random(in: 1...4, using: &dice) {
                    mutate(&mutated, &dice)
                }
                let text = String(decoding: mutated, as: UTF8.self)
                for complaint in complaints(about: text) {
                    #expect(complaint.hasPrefix("sluiced.toml:"), "\(text)")
                    #expect(!complaint.contains("\n"), "\(text)")
                }
            }
        }
    }

    @Test(
        "Text over which TOMLKit aborts the process is an error like any other",
        arguments: [
            "[é]", "[\n", "[ =]", "a = [}", "a = [1,\n}", "a = [\u{2028}]", "a = 1979-05-27 7\n",
            "a = 07:32:00:", "a = 1979-05-27T", String(repeating: "[", count: 100_000),
            "a = " + String(repeating: "[", count: 100_000),
            "a = " + String(repeating: "{b=", count: 100_000),
            String(repeating: "a.", count: 100_000) + "a = 1",
        ])
    func aborts(text: String) {
        #expect(complaints(about: text).count == 1)
    }

    @Test(
        "What TOML writes without quotes gets to TOMLKit",
        arguments: [
            "true", "false", "0", "-1_000", "+7", "0xdead_BEEF", "0o755", "0b1010", "1.5",
            "-0.1e-7",
            "6E+2", "inf", "-nan", "1979-05-27", "07:32:00", "07:32:00.25", "1979-05-27T07:32:00",
            "1979-05-27t07:32:00.999z", "1979-05-27T07:32:00-07:00",
        ])
    func scalars(word: String) {
        #expect(KeyLines("a = \(word) # why\r\nb = [\(word) , \(word)]").hazard == nil)
        // The file is TOML then, and only the key is wrong.
        #expect(complaints(about: "a = \(word)").first?.contains("unknown table") == true)
    }

    private func mutate(_ bytes: inout [UInt8], _ dice: inout Dice) {
        let place = Int.random(in: 0..<bytes.count, using: &dice)
        let spice = Array("[]{}\"'=.,#\\\n 0-\u{0}\u{7F}é".utf8)
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(bytes[place], at: place)
        case 2: bytes[place] = spice.randomElement(using: &dice) ?? 0
        default:
            bytes.insert(spice.randomElement(using: &dice) ?? 0, at: place)
        }
    }
}

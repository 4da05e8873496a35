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

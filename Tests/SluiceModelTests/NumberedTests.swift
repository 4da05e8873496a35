import SluiceModel
import Testing

@Suite("Names that are numbers, in tables")
struct NumberedTests {
    /// Some like the addresses that tables have for seeds.
    private static let seeds = [0, 1, 77, 0x6000_0000, 0x5555_5575_0040, 0x7f12_3456_7890]

    @Test("Numbers chosen by a pattern spread over a table, whatever its seed", arguments: seeds)
    func spread(seed: Int) {
        let slots = 4096
        for shift in 0..<52 {
            let taken = Set(
                (0..<UInt64(slots)).map { number in
                    RequestNumber(rawValue: number << shift)._rawHashValue(seed: seed) & (slots - 1)
                })
            // Chance takes 63 % of them.
            #expect(taken.count > slots * 45 / 100, "numbers shifted by \(shift)")
        }
    }

    @Test("What collides in one table does not in the next")
    func seeded() {
        let crowded = (0..<UInt64(1 << 18)).lazy.map { RequestNumber(rawValue: $0) }
            .filter { $0._rawHashValue(seed: Self.seeds[4]) & 1023 == 5 }.prefix(200)
        let elsewhere = Set(crowded.map { $0._rawHashValue(seed: Self.seeds[5]) & 1023 })
        #expect(elsewhere.count > 120)
    }
}

import Testing

@testable import sluicectl

@Suite("Numbers for people")
struct UnitsTests {
    @Test(
        "Durations are short, and never round up into a unit that does not exist",
        arguments: [
            (0.0, "0s"), (0.000_25, "250µs"), (0.004_2, "4.2ms"), (0.35, "350ms"),
            (0.999_6, "1.0s"), (4.13, "4.1s"), (12, "12s"), (59.96, "1min 0s"),
            (192, "3min 12s"), (7500, "2h 5min"), (370_800, "4d 7h"), (1e18, "forever"),
            (Double.infinity, "forever"), (-1, "0s"),
        ])
    func durations(seconds: Double, text: String) {
        #expect(duration(seconds) == text)
    }

    @Test(
        "Sizes are in binary units",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (4_299_161, "4.1 MiB"),
            (1 << 30, "1.0 GiB"), ((1 << 20) - 1, "1.0 MiB"),
        ])
    func sizes(bytes: Int, text: String) {
        #expect(size(bytes) == text)
    }

    @Test("Rates are as exact as they are small")
    func rates() {
        let rates = [
            (0, "0"), (0.04, "0"), (0.05, "0.1"), (4.04, "4.0"), (9.96, "10"), (1234.6, "1235"),
        ]
        for (perSecond, text) in rates { #expect(rate(perSecond) == text) }
        #expect(rate(.infinity) == "1000000000000000")
    }
}

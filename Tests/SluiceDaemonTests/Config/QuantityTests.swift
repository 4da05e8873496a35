import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite("Durations and sizes as text")
struct QuantityTests {
    @Test(
        "A duration is a sum of numbers with units",
        arguments: [
            ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("30 s", .seconds(30)),
            ("1min 30s", .seconds(90)), ("1min30s", .seconds(90)), ("2h", .seconds(7200)),
            ("1.5s", .milliseconds(1500)), ("1.234567891s", .nanoseconds(1_234_567_891)),
            (".", nil), ("0s", .zero), ("7us", .microseconds(7)), ("1d", .seconds(86400)),
            ("1w", .seconds(604_800)), ("292y", nil), (" 1s ", .seconds(1)),
        ] as [(String, Duration?)])
    func durations(text: String, expected: Duration?) {
        #expect((try? DurationText.parse(text)) == expected)
    }

    @Test(
        "What is no duration is told apart: no unit, another unit, too long, or no sense",
        arguments: [
            ("30", .noUnit), ("1min 30", .noUnit), ("1 month", .unknownUnit("month")),
            ("1S", .unknownUnit("S")), ("", .malformed), ("   ", .malformed), ("s", .malformed),
            ("-1s", .malformed), ("1.s", .malformed), ("1,5s", .malformed),
            ("10000000000s", .tooLarge), ("9000000000s 9000000000s", .tooLarge),
            ("99999999999999999999s", .tooLarge), ("٣s", .malformed),
        ] as [(String, Quantity.Problem)])
    func noDurations(text: String, problem: Quantity.Problem) {
        #expect(throws: problem) { try DurationText.parse(text) }
    }

    @Test(
        "A size is one whole number with a unit of 1024s",
        arguments: [
            ("1B", 1), ("1K", 1 << 10), ("1KiB", 1 << 10), ("64MiB", 64 << 20), ("1 GiB", 1 << 30),
            ("2T", 2 << 40),
        ])
    func sizes(text: String, expected: Int) throws {
        #expect(try SizeText.parse(text) == expected)
    }

    @Test("A size is told in the largest unit that it is a whole number of")
    func told() {
        let sizes = [
            (1, "1B"), (1023, "1023B"), (1024, "1KiB"), (3 << 20, "3MiB"), (5 << 40, "5TiB"),
        ]
        for (size, text) in sizes {
            #expect(SizeText.text(size) == text)
            #expect((try? SizeText.parse(text)) == size)
        }
    }

    @Test(
        "Other sizes are told apart as well",
        arguments: [
            ("1", .noUnit), ("1MB", .unknownUnit("MB")), ("1k", .unknownUnit("k")),
            ("1.5G", .malformed), ("1G 1M", .malformed), ("", .malformed),
            ("9000000000000000000K", .tooLarge),
        ] as [(String, Quantity.Problem)])
    func noSizes(text: String, problem: Quantity.Problem) {
        #expect(throws: problem) { try SizeText.parse(text) }
    }
}

@Suite("The nearest key")
struct NearestTests {
    @Test("A word that is not close to any gets no suggestion")
    func nothingNear() {
        #expect(nearestName(to: "gpu", among: ["max_size", "retry"]) == nil)
        #expect(nearestName(to: "", among: ["retry"]) == nil)
        #expect(nearestName(to: "retr", among: ["retry"]) == "retry")
        #expect(nearestName(to: String(repeating: "x", count: 100_000), among: ["retry"]) == nil)
    }
}

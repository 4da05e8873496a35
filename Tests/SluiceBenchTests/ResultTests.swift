import Testing

@testable import SluiceBench

@Suite("Rounds and ratios")
struct ResultTests {
    private func round(_ relay: Double?, _ sluice: Double) -> Rounds.Round {
        Rounds.Round(base: relay.map { Sample([.rate: $0]) }, own: Sample([.rate: sluice]))
    }

    @Test("The middle of an odd and of an even number, and of none")
    func medians() {
        #expect(Spread([3, 1, 2]) == Spread(median: 2, lowest: 1, highest: 3))
        #expect(Spread([4, 1, 2, 3])?.median == 2.5)
        #expect(Spread([]) == nil)
        #expect(Spread([1, .infinity, .nan])?.median == 1)
    }

    @Test("The ratio is taken within each round: a machine that slows down is not our fault")
    func pairs() {
        let rounds = Rounds([round(100, 80), round(50, 40), round(10, 9)])
        #expect(rounds.ratio(.rate)?.median == 0.8)
        #expect(rounds.ratio(.rate)?.highest == 0.9)
        #expect(rounds.own(.rate)?.median == 40)
    }

    @Test("Without a relay, or with one that did nothing, there is no ratio")
    func noPair() {
        #expect(Rounds([round(nil, 80)]).ratio(.rate) == nil)
        #expect(Rounds([round(0, 80)]).ratio(.rate) == nil)
        #expect(Rounds([round(1, 80)]).ratio(.cpu) == nil)
    }

    @Test("Growth compares the same round of two settings")
    func growth() {
        let small = Rounds([round(nil, 1), round(nil, 10)])
        let large = Rounds([round(nil, 2), round(nil, 30)])
        #expect(large.growth(.rate, from: small)?.median == 2.5)
    }
}

@Suite("What is printed")
struct TextTests {
    @Test(
        "Figures have the digits that matter",
        arguments: [
            (0.012345, "0.0123"), (4.2, "4.20"), (137.4, "137"), (1530.4, "1,530"),
            (1_234_567, "1,234,567"), (0, "0"), (0.9996, "1.000"), (-2, "-2.00"), (10.05, "10.1"),
        ] as [(Double, String)])
    func figures(_ number: Double, _ text: String) { #expect(figure(number) == text) }

    @Test("What was not measured is a dash")
    func nothing() {
        #expect(figure(nil as Double?) == "-")
        #expect(figure(Double.nan) == "-")
        #expect(figure(nil as Spread?) == "-")
    }

    @Test("A spread says what it lies between, unless that is nothing")
    func spreads() {
        #expect(figure(Spread([0.5, 0.61, 0.7])) == "0.61 [0.50–0.70]")
        #expect(figure(Spread([0.5])) == "0.50")
    }

    @Test("Columns are as wide as their widest cell")
    func columns() {
        var table = Table(["a", "number"])
        #expect(table.isEmpty)
        table.append(["longer", "1"])
        #expect(table.text == "a       number\nlonger       1\n")
    }

    @Test("In Markdown numbers are to the right, too")
    func markdown() {
        var table = Table(["a", "b", "number"], left: 2)
        table.append(["x", "y", "1"])
        #expect(table.markdown == "| a | b | number |\n| --- | --- | ---: |\n| x | y | 1 |\n")
    }

    @Test("A report has a table for each kind of setting that was measured, and no other")
    func report() throws {
        var report = BenchReport(machine: ["a machine", "a day"])
        let loop = try #require(Setting.named("S2").first)
        let rounds = Rounds([
            .init(base: Sample([.rate: 100, .cpu: 1]), own: Sample([.rate: 64, .cpu: 2]))
        ])
        report.results = [.init(loop, .sluice, rounds)]
        #expect(report.text.hasPrefix("a machine\na day\n"))
        #expect(report.text.contains("S2"))
        #expect(report.text.contains("0.64"))
        #expect(!report.text.contains("parked"))
        for setting in Setting.named("queues") {
            report.results.append(.init(setting, .sluice, rounds))
        }
        #expect(report.text.contains("queues-1 to queues-10k"))
    }

    @Test("A word stands for a setting, for several, or for all")
    func names() {
        #expect(Setting.named("S2").map(\.name) == ["S2"])
        #expect(Setting.named("S1").map(\.name) == ["S1", "S1-batched"])
        #expect(Setting.named("S1-batched").map(\.name) == ["S1-batched"])
        #expect(Setting.named("s4").count == 3)
        #expect(Setting.named("S5").map(\.name) == ["S5-1k", "S5-1M"])
        #expect(Setting.named("all").count == Setting.all.count)
        #expect(Setting.named("S").isEmpty)
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
    }
}

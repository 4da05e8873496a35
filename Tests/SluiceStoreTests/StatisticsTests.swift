import SluiceModel
import Testing

@testable import SluiceStore

@Suite("Learned statistics")
struct StatisticsTests {
    func statistics(_ batches: Int, ceiling: Int? = nil) -> LearnedStatistics {
        LearnedStatistics(
            weight: 1.5, n: 0.1, nn: 1e300, t: 3, nt: -0.0, squaredError: .leastNonzeroMagnitude,
            batches: batches, batchCeiling: ceiling, memory: ceiling.map { $0 << 40 },
            memoryPerItem: ceiling.map { $0 << 20 })
    }

    @Test("What was learned is there after a restart, to the last bit")
    func stays() throws {
        let lab = try StoreLab()
        try lab.ask([.learn("b", statistics(2, ceiling: 16)), .learn("a", statistics(1))])
        try lab.reopen()
        let learned = try lab.ask(.recall(after: nil)).learned()
        #expect(learned.map(\.function) == ["a", "b"])
        #expect(learned.map(\.1) == [statistics(1), statistics(2, ceiling: 16)])
        #expect(try lab.ask(.recall(after: "a")).learned().map(\.function) == ["b"])
        try lab.ask(.forget(function: "a"))
        #expect(try lab.ask(.recall(after: nil)).learned().map(\.function) == ["b"])
    }

    @Test("Of several lessons in a turn the last counts, also around a forgetting")
    func coalesced() throws {
        let lab = try StoreLab()
        try lab.ask([
            .learn("a", statistics(1)), .learn("a", statistics(2)), .learn("b", statistics(3)),
            .forget(function: "b"), .learn("c", statistics(4)), .forget(function: "c"),
            .learn("c", statistics(5)),
        ])
        let learned = try lab.ask(.recall(after: nil)).learned()
        #expect(learned.map(\.function) == ["a", "c"])
        #expect(learned.map(\.1.batches) == [2, 5])
    }

    @Test("Of too many functions the one goes that was not learned about for longest")
    func bounded() throws {
        let lab = try StoreLab()
        let names = (0..<Limits.functions).map { "f\($0)" }
        try lab.ask(names.map { .learn($0, statistics(1)) })
        try lab.ask([.learn("f0", statistics(2)), .learn("new", statistics(3))])
        var found: Set<String> = []
        var after: String?
        while true {
            let page = try lab.ask(.recall(after: after)).learned().map(\.function)
            guard let last = page.last else { break }
            found.formUnion(page)
            after = last
        }
        #expect(found.count == Limits.functions)
        #expect(found.isSuperset(of: ["f0", "new"]) && !found.contains("f1"))
    }

    @Test("What is not a number is not learned")
    func notNumbers() throws {
        let lab = try StoreLab()
        var wrong = statistics(1)
        wrong.t = .nan
        #expect(try lab.ask(.learn("a", wrong)).refusal == .failed("not a number"))
    }
}

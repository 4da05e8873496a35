import SluiceWire
import Testing

@testable import sluicectl

@Suite("The graph of a queue")
struct TopHistoryTests {
    private func queue(_ name: String, _ waiting: Int) -> Control.Queue {
        var queue = Control.Queue(concurrencyID: name)
        queue.waiting = waiting
        return queue
    }

    @Test("Few are shown one by one, many to scale, and nothing as nothing")
    func scale() {
        var history = TopHistory()
        for waiting in [0, 1, 2, 7] { history.record([queue("q", waiting)]) }
        #expect(history.graph(of: "q", columns: 6, bars: .blocks) == "  ▁▂▃█")
        #expect(history.graph(of: "q", columns: 6, bars: .ascii) == "  _.:#")
        history.record([queue("q", 7000)])
        #expect(history.graph(of: "q", columns: 5, bars: .blocks) == "▁▂▂▂█")
        #expect(history.graph(of: "q", columns: 0, bars: .blocks) == "")
    }

    @Test("What is too old leaves, and the scale with it")
    func bounded() {
        var history = TopHistory()
        history.record([queue("q", 1000)])
        for _ in 0..<TopHistory.polls { history.record([queue("q", 1)]) }
        let graph = history.graph(of: "q", columns: 200, bars: .blocks)
        #expect(graph.count == 200)
        #expect(graph.filter { $0 == "▂" }.count == TopHistory.polls)
        #expect(!graph.contains("█"))
    }

    @Test("Numbers that no daemon of ours sends end nothing")
    func absurd() {
        var history = TopHistory()
        for waiting in [-1, .min, .max, 0] { history.record([queue("q", waiting)]) }
        #expect(history.graph(of: "q", columns: 4, bars: .ascii) == "__#_")
    }

    @Test("Queues that vanish are forgotten, and polls without an answer are gaps")
    func forgets() {
        var history = TopHistory()
        history.record([queue("a", 7), queue("b", 7)])
        history.recordGap()
        history.record([queue("a", 7)])
        history.record([queue("a", 0), queue("b", 0)])
        #expect(history.graph(of: "a", columns: 4, bars: .blocks) == "█ █▁")
        #expect(history.graph(of: "b", columns: 4, bars: .blocks) == "   ▁")
        #expect(history.graph(of: "c", columns: 4, bars: .blocks) == "    ")
    }
}

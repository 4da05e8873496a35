import Testing

@Suite("What the microbenchmarks measure")
struct EngineCycleTests {
    @Test("Every request of a cycle is answered, whoever waits beside it", arguments: [1, 32])
    func answers(_ batch: Int) {
        var cycle = EngineCycle(batch: batch, waiting: 5)
        for _ in 0..<10 { #expect(cycle.run() == batch) }
        #expect(cycle.engine.daemonView().waiting == 5)
        cycle.engine.checkInvariants()
    }
}

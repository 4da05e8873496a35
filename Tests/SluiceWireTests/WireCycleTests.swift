import Testing

@Suite("What the microbenchmarks measure")
struct WireCycleTests {
    @Test("A cycle passes the payload on to worker and client", arguments: [0, 128, 100_000])
    func passes(_ payload: Int) throws {
        var empty = WireCycle(payload: 0)
        var cycle = WireCycle(payload: payload)
        for _ in 0..<3 { #expect(try cycle.run() - empty.run() == 2 * payload) }
    }
}

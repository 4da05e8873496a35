import Allocations
import Benchmark

/// What the engine allocates and spends on requests that go round, when it has got going.
let benchmarks: @Sendable () -> Void = {
    for (batch, waiting) in [(1, 0), (32, 0), (32, 100_000)] {
        let name = "engine: batches of \(batch), \(waiting) wait"
        Benchmark(name, configuration: .cycles) { benchmark in
            var cycle = EngineCycle(batch: batch, waiting: waiting)
            measure(benchmark, cycles: 100_000 / batch, requests: batch) {
                blackHole(cycle.run())
            }
        }
    }
}

import Allocations
import Benchmark

/// What frames of a request allocate and cost, when the buffers have grown.
let benchmarks: @Sendable () -> Void = {
    for payload in [128, 4096] {
        Benchmark("wire: payloads of \(payload) B", configuration: .cycles) { benchmark in
            var cycle = WireCycle(payload: payload)
            try measure(benchmark, cycles: 100_000, requests: 1) { blackHole(try cycle.run()) }
        }
    }
}

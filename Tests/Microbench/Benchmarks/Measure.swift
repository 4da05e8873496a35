import Allocations
import Benchmark

/// Allocations in a thousand requests. Whole numbers are all that can be told, and one allocation
/// in a hundred requests is worth seeing.
let allocated = BenchmarkMetric.custom(
    "allocations in 1,000 requests", polarity: .prefersSmaller, useScalingFactor: false)
let spent = BenchmarkMetric.custom(
    "ns for a request", polarity: .prefersSmaller, useScalingFactor: false)

extension Benchmark.Configuration {
    static var cycles: Benchmark.Configuration {
        .init(
            metrics: [allocated, spent], warmupIterations: 0, scalingFactor: .one,
            maxDuration: .seconds(3), maxIterations: 10)
    }
}

/// Runs a cycle until nothing grows any more, and then counts. One that allocates fails.
func measure(
    _ benchmark: Benchmark, cycles: Int, requests: Int, _ cycle: () throws -> Void
) rethrows {
    // Nothing is what a counter would say, too, that is not called.
    let unused = allocations()
    blackHole([UInt8](repeating: 1, count: 100))
    precondition(allocations() > unused, "allocations are not counted")
    for _ in 0..<(cycles / 10) { try cycle() }
    let clock = ContinuousClock()
    let before = allocations()
    let start = clock.now
    for _ in 0..<cycles { try cycle() }
    let elapsed = clock.now - start
    let count = Int(allocations() - before)
    let all = cycles * requests
    let inThousand = count * 1000 / all
    benchmark.measurement(allocated, inThousand)
    if inThousand > 0 { benchmark.error("\(inThousand) allocations in 1,000 requests, not none") }
    let (seconds, fraction) = elapsed.components
    benchmark.measurement(
        spent, (Int(seconds) * 1_000_000_000 + Int(fraction / 1_000_000_000)) / all)
}

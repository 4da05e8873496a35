// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that whoever builds or tests Sluice neither downloads nor compiles what
// only this needs. `make microbench` runs it.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-warnings-as-errors"]),
]

/// The cycles lie with the tests of the module, which see that they do what they are said to do.
func benchmark(_ name: String, of module: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Allocations", .product(name: "Sluice\(module)", package: "sluice"),
            .product(name: "SluiceModel", package: "sluice"),
            .product(name: "Benchmark", package: "benchmark"),
        ],
        path: "Benchmarks/\(module)", swiftSettings: strict,
        plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
}

let package = Package(
    name: "microbench",
    platforms: [.macOS(.v13)],
    dependencies: [
        .package(name: "sluice", path: "../.."),
        // Its own counts of allocations are not used: see Allocations.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        // Counts calls of malloc and its like.
        .target(name: "Allocations"),
        benchmark("EngineBenchmark", of: "Engine"),
        benchmark("WireBenchmark", of: "Wire"),
    ]
)

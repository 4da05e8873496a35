// swift-tools-version: 6.1
import PackageDescription

/// Strict from the first commit: language mode 6, warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-warnings-as-errors"]),
]

/// Optimised in debug builds, too: the simulator runs them thousands of times in a test.
let strictAndFast = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// On the way of every request. Whether two accesses to the same variable overlap is checked at run
/// time in debug builds, which all tests run, and not in release builds: it would be a twelfth of
/// the daemon's instructions.
let strictAndLean =
    strict + [
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
    ]

let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluiced", targets: ["sluiced"]),
        .executable(name: "sluicectl", targets: ["sluicectl"]),
        .executable(name: "sluice-http", targets: ["sluice-http"]),
        .executable(name: "sluice-sim", targets: ["sluice-sim"]),
        .executable(name: "sluice-bench", targets: ["sluice-bench"]),
        .library(name: "SluiceClient", targets: ["SluiceClient"]),
        // For Tests/Microbench, a package beside this one.
        .library(name: "SluiceEngine", targets: ["SluiceEngine"]),
        .library(name: "SluiceModel", targets: ["SluiceModel"]),
        .library(name: "SluiceWire", targets: ["SluiceWire"]),
        // For tests, to be loaded in the place of NVIDIA's.
        .library(name: "sluice-test-nvml", type: .dynamic, targets: ["CNvidia"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // libsystemd, as Debian ships it.
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        // libsodium, as Debian ships it: shared, so that a security update of it reaches us.
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        // What Swift cannot call: variadics, control messages, Linux-only calls.
        .target(name: "CSluice", cSettings: [.define("_GNU_SOURCE")]),
        // The vocabulary; imports nothing.
        .target(name: "SluiceModel", swiftSettings: strictAndLean),
        // Bytes <-> messages, sans-IO.
        .target(name: "SluiceWire", dependencies: ["SluiceModel"], swiftSettings: strictAndLean),
        // Events in, effects out, time given.
        .target(
            name: "SluiceEngine",
            dependencies: [
                "SluiceModel", .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strictAndLean),
        // The operating system, typed and owned.
        .target(
            name: "SluiceSystem", dependencies: ["CSluice", "CSystemd", "SluiceModel"],
            swiftSettings: strictAndLean),
        // What devices there are, and how they are.
        .target(
            name: "SluiceDevices", dependencies: ["CSluice", "SluiceModel", "SluiceSystem"],
            swiftSettings: strict),
        // Detached requests and learned statistics, in SQLite.
        .target(
            name: "SluiceStore",
            dependencies: [
                "SluiceModel", "SluiceSystem", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        // The engine under a seeded world, and the checkers.
        .target(
            name: "SluiceSim", dependencies: ["SluiceEngine", "SluiceModel"],
            swiftSettings: strictAndFast),
        // Submit, await, stream and control, for Swift programs.
        .target(
            name: "SluiceClient", dependencies: ["SluiceModel", "SluiceWire", "SluiceSystem"],
            swiftSettings: strict),
        // The only place that knows everyone.
        .target(
            name: "SluiceDaemon",
            dependencies: [
                "CSodium", "SluiceModel", "SluiceWire", "SluiceEngine", "SluiceStore",
                "SluiceDevices", "SluiceSystem", "TOMLKit",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strictAndLean),
        // What the HTTP gateway says and decides, without HTTP: values in, values out.
        .target(
            name: "SluiceGateway", dependencies: ["SluiceModel", "SluiceWire", "SluiceClient"],
            swiftSettings: strict),
        // The gateway's edges: HTTP on the one side, the daemon on the other.
        .target(
            name: "SluiceHTTP",
            dependencies: [
                "CSodium",
                "SluiceGateway", "SluiceClient", "SluiceModel", "SluiceSystem", "SluiceWire",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            // The page is part of the program: there is no file to be missing.
            resources: [
                .embedInCode("Page/Resources/page.html"), .embedInCode("Page/Resources/page.css"),
                .embedInCode("Page/Resources/page.js"),
            ], swiftSettings: strict),
        // Load, an echo worker, and what a broker spends on them.
        .target(
            name: "SluiceBench",
            dependencies: [
                "SluiceModel", "SluiceWire", "SluiceSystem",
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strictAndLean),

        .executableTarget(
            name: "sluiced",
            dependencies: [
                "SluiceDaemon", "SluiceModel", "SluiceSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sluicectl",
            dependencies: [
                "SluiceClient", "SluiceModel", "SluiceSystem", "SluiceWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sluice-http",
            dependencies: [
                "SluiceGateway", "SluiceHTTP", "SluiceModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sluice-sim",
            dependencies: [
                "SluiceSim", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "sluice-bench",
            dependencies: [
                "SluiceBench",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // The least that a broker can do: what the daemon's cost is compared with.
        .executableTarget(name: "sluice-relay", cSettings: [.define("_GNU_SOURCE")]),

        .testTarget(name: "SluiceModelTests", dependencies: ["SluiceModel"], swiftSettings: strict),
        .testTarget(
            name: "SluiceWireTests", dependencies: ["SluiceWire", "SluiceModel"],
            swiftSettings: strict),
        .testTarget(
            name: "SluiceEngineTests", dependencies: ["SluiceEngine", "SluiceModel"],
            swiftSettings: strict),
        .testTarget(
            name: "SluiceSystemTests", dependencies: ["SluiceSystem", "SluiceModel"],
            swiftSettings: strict),
        .testTarget(
            name: "SluiceDevicesTests",
            dependencies: ["SluiceDevices", "SluiceModel", "SluiceSystem"],
            swiftSettings: strict),
        // Stands in for NVML where there is no GPU: built as a library, to be loaded.
        .target(name: "CNvidia", path: "Tests/CNvidia", cSettings: [.define("_GNU_SOURCE")]),
        .testTarget(
            name: "SluiceStoreTests",
            dependencies: [
                "CPowerLoss", "SluiceModel", "SluiceStore", "SluiceSystem", "store-child",
                .product(name: "GRDB", package: "GRDB.swift"),
            ], exclude: ["Fixtures"], swiftSettings: strict),
        // Between SQLite and the system: what a disk was told, and when.
        .target(
            name: "CPowerLoss", path: "Tests/CPowerLoss",
            linkerSettings: [.linkedLibrary("sqlite3")]),
        // A process with a store, to be killed; and how fast a store is.
        .executableTarget(
            name: "store-child", dependencies: ["SluiceModel", "SluiceStore", "SluiceSystem"],
            path: "Tests/StoreChild", swiftSettings: strict),
        .testTarget(
            name: "SluiceDaemonTests",
            dependencies: [
                "CSystemd", "SluiceDaemon", "SluiceEngine", "SluiceModel", "SluiceStore",
                "SluiceSystem",
                "SluiceWire",
            ], swiftSettings: strict),
        .testTarget(
            name: "SluiceClientTests",
            dependencies: ["SluiceClient", "SluiceModel", "SluiceSystem", "SluiceWire"],
            swiftSettings: strict),
        .testTarget(
            name: "SluiceGatewayTests",
            dependencies: ["SluiceGateway", "SluiceClient", "SluiceModel", "SluiceWire"],
            swiftSettings: strict),
        .testTarget(
            name: "SluiceHTTPTests",
            dependencies: [
                "SluiceHTTP", "SluiceGateway", "SluiceClient", "SluiceModel", "SluiceSystem",
                "SluiceWire", .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "SluiceBenchTests",
            dependencies: ["SluiceBench", "SluiceModel", "SluiceSystem", "SluiceWire"],
            swiftSettings: strict),
        .testTarget(
            name: "SluicectlTests",
            dependencies: [
                "sluicectl", "SluiceClient", "SluiceModel", "SluiceSystem", "SluiceWire",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimTests", dependencies: ["SluiceSim", "SluiceEngine", "SluiceModel"],
            swiftSettings: strict),
        // The executables are dependencies so that they are built, to be run.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CSluice", "SluiceBench", "SluiceClient", "SluiceGateway", "SluiceHTTP",
                "SluiceModel", "SluiceSystem", "SluiceWire", "sluice-bench", "sluice-http",
                "sluice-relay", "sluicectl", "sluiced",
            ], exclude: ["Peers"], swiftSettings: strict),
        // What fuzzing found and learnt, again; `make fuzz` builds the same targets for libFuzzer.
        .testTarget(
            name: "FuzzTests",
            dependencies: ["SluiceDaemon", "SluiceGateway", "SluiceModel", "SluiceWire"],
            path: "Tests/Fuzz", exclude: ["Driver", "corpus", "fuzz", "protocol", "seeds.py"],
            swiftSettings: strict),
        // Style, and the manual held against the code.
        .testTarget(
            name: "TidyTests",
            dependencies: ["SluiceEngine", "SluiceGateway", "SluiceModel", "SluiceWire"],
            swiftSettings: strict),
    ]
)

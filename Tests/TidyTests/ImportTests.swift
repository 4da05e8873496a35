import Foundation
import Testing

/// Who may import whom, as ARCHITECTURE.md draws it. The package file is held to the same by the
/// compiler; this says what the package file may not be changed to allow.
@Suite("Imports go down the arrows")
struct ImportTests {
    /// For each target, every module that a file of it may import.
    static let allowed: [String: Set<String>] = [
        "SluiceModel": [],
        "SluiceWire": ["SluiceModel"],
        "SluiceEngine": ["SluiceModel", "HeapModule"],
        "SluiceSystem": ["SluiceModel", "CSluice", "CSystemd", "Glibc", "Synchronization"],
        "SluiceDevices": ["SluiceModel", "SluiceSystem", "CSluice", "Glibc", "Synchronization"],
        "SluiceStore": ["SluiceModel", "SluiceSystem", "Glibc", "GRDB"],
        "SluiceSim": ["SluiceModel", "SluiceEngine"],
        "SluiceClient": ["SluiceModel", "SluiceWire", "SluiceSystem", "Glibc"],
        "SluiceDaemon": [
            "SluiceModel", "SluiceWire", "SluiceEngine", "SluiceStore", "SluiceDevices",
            "SluiceSystem", "DequeModule", "Glibc", "TOMLKit",
        ],
        "SluiceGateway": ["SluiceModel", "SluiceWire", "SluiceClient", "FoundationEssentials"],
        "SluiceHTTP": [
            "SluiceGateway", "SluiceModel", "SluiceWire", "SluiceClient", "SluiceSystem", "Glibc",
            "Synchronization", "AsyncAlgorithms", "Hummingbird", "HummingbirdCore", "HTTPTypes",
            "Logging",
            "NIOCore", "NIOExtras", "NIOHTTPTypes", "NIOPosix", "ServiceLifecycle",
        ],
        "SluiceBench": [
            "SluiceModel", "SluiceWire", "SluiceSystem", "Glibc", "Histogram", "Synchronization",
        ],
        "sluiced": ["SluiceModel", "SluiceDaemon", "SluiceSystem", "ArgumentParser"],
        "sluicectl": [
            "SluiceModel", "SluiceWire", "SluiceClient", "ArgumentParser", "FoundationEssentials",
            "Glibc",
        ],
        "sluice-http": [
            "SluiceGateway", "SluiceHTTP", "SluiceModel", "ArgumentParser", "Glibc",
        ],
        "sluice-sim": ["SluiceSim", "ArgumentParser", "Glibc"],
        "sluice-bench": ["SluiceBench", "ArgumentParser", "Foundation"],
    ]

    /// What single files or folders may import besides, and nobody else in their target.
    static let exceptions: [String: Set<String>] = [
        // Varlink is JSON, and JSON is Foundation's.
        "Sources/SluiceWire/Varlink/": ["FoundationEssentials"],
        // Signing is done in one place.
        "Sources/SluiceDaemon/Edge/Tickets.swift": ["CSodium"],
        // So is comparing secrets.
        "Sources/SluiceHTTP/Access/TokenKeyring.swift": ["CSodium"],
        "Sources/SluiceDaemon/State/StateFile.swift": ["FoundationEssentials"],
        // Whoever waits for the daemon to be back hears so once, in whichever wait it is.
        "Sources/SluiceClient/Reconnection.swift": ["Synchronization"],
        // GRDB's bytes are Foundation's.
        "Sources/SluiceStore/Cells.swift": ["FoundationEssentials"],
        // A screen waits for keys, signals and the daemon at once.
        "Sources/sluicectl/Top/": ["SluiceSystem"],
        "Sources/sluicectl/Commands/TopCommand.swift": ["SluiceSystem"],
        // Files that are old or new.
        "Sources/sluicectl/WorkerUnit/": ["SluiceSystem"],
    ]

    static func imports(of path: String) throws -> [String] {
        // With attributes, an access level and the kind of a single symbol before the module.
        let pattern = /^(?:@\w+(?:\(\w+\))? +)*(?:\w+ +)?import +(?:[a-z]+ +)?(\w+)/
        return try Repository.text(of: path).split(separator: "\n").compactMap { line in
            (try? pattern.firstMatch(in: line)).flatMap { String($0.output.1) }
        }
    }

    @Test("Every file of every target imports only what its target may")
    func directions() throws {
        let files = Repository.files(below: "Sources", endingIn: ".swift")
        try #require(!files.isEmpty)
        for path in files {
            let target = String(path.split(separator: "/")[1])
            var allowed = try #require(Self.allowed[target], "no rule for the imports of \(target)")
            for (place, more) in Self.exceptions where path.hasPrefix(place) {
                allowed.formUnion(more)
            }
            let wrong = Set(try Self.imports(of: path)).subtracting(allowed)
            #expect(wrong.isEmpty, "\(path) imports \(wrong.sorted().joined(separator: ", "))")
        }
    }

    @Test("Every target has a rule, and every rule a target")
    func complete() throws {
        let files = Repository.files(below: "Sources", endingIn: ".swift")
        #expect(Set(files.map { String($0.split(separator: "/")[1]) }) == Set(Self.allowed.keys))
        for place in Self.exceptions.keys { #expect(Repository.exists(place), "\(place)") }
    }

    @Test("The engine knows no bytes and the wire no policy")
    func engineAndWire() throws {
        for (target, other) in [("SluiceEngine", "SluiceWire"), ("SluiceWire", "SluiceEngine")] {
            for path in Repository.files(below: "Sources/\(target)", endingIn: ".swift") {
                #expect(try !Self.imports(of: path).contains(other), "\(path)")
            }
        }
        #expect(Self.allowed["SluiceModel"] == [])
    }
}

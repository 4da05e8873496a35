import Foundation

@testable import SluiceDaemon

/// The files under Tests/Vectors/config, and the repository they lie in.
///
/// What is expected of `NAME.toml` stands beside it, in `NAME.errors` or `NAME.settings`. After
/// a change that is meant, `SLUICE_RECORD=1 swift test` writes them anew; read the difference.
enum Vectors {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static var isRecording: Bool { ProcessInfo.processInfo.environment["SLUICE_RECORD"] == "1" }

    static func names(in folder: String) -> [String] {
        let directory = repository.appending(path: "Tests/Vectors/config/\(folder)")
        let files = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
        return (files ?? []).filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) }
            .sorted()
    }

    static func text(of path: String) throws -> String {
        try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    }

    /// What is recorded in the file; recording, what is to be from now on.
    static func expected(at path: String, actual: String) throws -> String {
        if isRecording {
            try actual.write(
                to: repository.appending(path: path), atomically: true, encoding: .utf8)
        }
        return try text(of: path)
    }
}

extension AccountLookup {
    /// A machine with few accounts.
    static let few = AccountLookup(
        user: { name in
            switch name {
            case "alice": .found(1001)
            case "bob": .found(1002)
            case "broken": .failed(EIO)
            default: .unknown
            }
        },
        group: { name in
            switch name {
            case "sluice": .found(990)
            case "sluice-admin": .found(991)
            case "gpu": .found(992)
            default: .unknown
            }
        })
}

func check(_ texts: String...) throws(ConfigurationErrors) -> CheckedConfiguration {
    let files = texts.enumerated().map { index, text in
        ConfigurationFile(name: index == 0 ? "sluiced.toml" : "\(index).toml", text: text)
    }
    return try CheckedConfiguration(reading: files, accounts: .few)
}

/// The messages about a text, or none.
func complaints(about texts: String...) -> [String] {
    let files = texts.enumerated().map { index, text in
        ConfigurationFile(name: index == 0 ? "sluiced.toml" : "\(index).toml", text: text)
    }
    do throws(ConfigurationErrors) {
        _ = try CheckedConfiguration(reading: files, accounts: .few)
        return []
    } catch {
        return error.all.map(\.description)
    }
}

import Foundation
import Testing

@Suite("One version everywhere")
struct VersionTests {
    /// Where a version is written, and how.
    static var places: [(path: String, pattern: Regex<(Substring, Substring)>)] {
        [
            ("Sources/SluiceDaemon/Version.swift", /let version = "([^"]+)"/),
            ("Sources/sluicectl/Main.swift", /version: "([^"]+)"/),
            ("python/pyproject.toml", /(?m)^version = "([^"]+)"/),
            ("python/src/sluice/__init__.py", /(?m)^__version__ = "([^"]+)"/),
        ]
    }

    @Test("The programs and the package say what the CHANGELOG begins with")
    func agreement() throws {
        let versions = try Repository.matches(of: /(?m)^## (\S+)/, in: "CHANGELOG.md")
        let released = try #require(versions.first, "CHANGELOG.md names no version")
        for (path, pattern) in Self.places where Repository.exists(path) {
            #expect(try Repository.matches(of: pattern, in: path) == [released], "\(path)")
        }
    }
}

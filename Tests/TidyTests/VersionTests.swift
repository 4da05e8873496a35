import Foundation
import Testing

@Suite("One version everywhere")
struct VersionTests {
    static let constant = "Sources/SluiceModel/Version.swift"

    /// Where a version is written, and how.
    static var places: [(path: String, pattern: Regex<(Substring, Substring)>)] {
        [
            (constant, /let version = "([^"]+)"/),
            ("python/pyproject.toml", /(?m)^version = "([^"]+)"/),
            ("python/src/sluice/__init__.py", /(?m)^__version__ = "([^"]+)"/),
            // The newest entry of many.
            ("packaging/debian/changelog", /\Asluice \(([^)]+)\)/),
        ]
    }

    /// What the CHANGELOG begins with.
    static func released() throws -> String {
        let versions = try Repository.matches(of: /(?m)^## (\S+)/, in: "CHANGELOG.md")
        return try #require(versions.first, "CHANGELOG.md names no version")
    }

    @Test("The programs and the package say what the CHANGELOG begins with")
    func agreement() throws {
        let released = try Self.released()
        for (path, pattern) in Self.places {
            #expect(try Repository.matches(of: pattern, in: path) == [released], "\(path)")
        }
    }

    @Test("Nothing in Swift writes the version but the one constant")
    func onlyOnce() throws {
        let literal = "\"\(try Self.released())\""
        for path in Repository.files(below: "Sources", endingIn: ".swift")
        where path != Self.constant {
            #expect(!(try Repository.text(of: path)).contains(literal), "\(path)")
        }
    }
}

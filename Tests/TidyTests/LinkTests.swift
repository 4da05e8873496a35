import Foundation
import Testing

@Suite("Links in the documentation")
struct LinkTests {
    /// Every Markdown file but those that came with something else.
    static let documents: [String] = {
        let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        let below = ["docs", "python", "Tests"]
            .flatMap { Repository.files(below: $0, endingIn: ".md") }
        return top + below.filter { !$0.contains("/site-packages/") }
    }()

    @Test("Every link to a file leads to one", arguments: documents)
    func resolve(_ document: String) throws {
        let folder = URL(filePath: document, relativeTo: Repository.root)
            .deletingLastPathComponent()
        for link in try Repository.matches(of: /\]\(([^)\s#]+)/, in: document) {
            guard !link.contains(/^[a-z]+:/) else { continue }
            let target = folder.appending(path: link).standardizedFileURL.path
            #expect(FileManager.default.fileExists(atPath: target), "\(document): \(link)")
        }
    }

    @Test("The documents at the top are there, and no longer than they may be")
    func lengths() throws {
        let bounds = [("README.md", 150), ("ARCHITECTURE.md", 210), ("CONTRIBUTING.md", 150)]
        for (document, most) in bounds {
            let lines = try Repository.text(of: document).count { $0 == "\n" }
            #expect(lines <= most, "\(document) has \(lines) lines")
        }
    }

    @Test("Every make target that a document tells to run exists")
    func targets() throws {
        guard Repository.exists("Makefile") else { return }
        let targets = Set(try Repository.matches(of: /(?m)^([\w-]+):/, in: "Makefile"))
        for document in ["README.md", "CONTRIBUTING.md"] {
            let named = try Repository.matches(of: /(?m)^make ([\w-]+)/, in: document)
            #expect(Set(named).isSubset(of: targets), "\(document): \(named)")
        }
    }

    @Test("Every path that ARCHITECTURE.md and CONTRIBUTING.md name in backticks exists")
    func paths() throws {
        for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
            let pattern = /`((?:Sources|Tests|man|config|packaging|python|systemd)\/[\w\/.+-]*)`/
            for path in try Repository.matches(of: pattern, in: document) {
                #expect(Repository.exists(path), "\(document): \(path)")
            }
        }
    }
}

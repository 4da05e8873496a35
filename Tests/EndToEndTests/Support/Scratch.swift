import Foundation
import Glibc
import Testing

/// A directory of the test's own, with a path short enough for sockets in it; removed with
/// everything below it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/sluice-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
        // Helpers that run as another user have to get in.
        try #require(chmod(path, 0o755) == 0)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: file(name), encoding: .utf8)
    }

    func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: file(directory)).sorted()
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print(error) }
    }
}

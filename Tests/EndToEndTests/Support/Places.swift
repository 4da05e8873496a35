import Foundation

/// Where things are that the tests run.
enum Places {
    /// The executables were built beside the tests.
    static func built(_ name: String) -> String {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent(name).path
    }

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The Python package, for `PYTHONPATH`.
    static let python = "\(repository)/python/src"

    /// A program of the tests, in Python.
    static func peer(_ name: String) -> String {
        "\(repository)/Tests/EndToEndTests/Peers/\(name).py"
    }
}

/// Words that run the program after them as somebody who may nothing. Root only.
let unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

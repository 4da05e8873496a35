import Foundation
import Testing

/// The files of this repository, as tests of style and of the manual read them.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Paths of the files below a folder whose names end so, sorted; hidden ones are left out.
    static func files(below folder: String, endingIn suffix: String) -> [String] {
        let start = root.appending(path: folder)
        let found = FileManager.default.enumerator(
            at: start, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        var paths: [String] = []
        while let file = found?.nextObject() as? URL {
            let path = file.path.dropFirst(root.path.count + 1)
            if path.hasSuffix(suffix), !path.contains("/.") { paths.append(String(path)) }
        }
        return paths.sorted()
    }

    /// The first group of every match of a pattern in a file.
    static func matches(
        of pattern: Regex<(Substring, Substring)>, in path: String
    ) throws -> [String] {
        try text(of: path).matches(of: pattern).map { String($0.output.1) }
    }

    static let swiftFiles = ["Sources", "Tests"].flatMap { files(below: $0, endingIn: ".swift") }
    static let pages = files(below: "man", endingIn: "").filter { $0.contains(/\.[1-8]$/) }
}

/// Lines of Swift with comments and the contents of strings taken out, so that a word is only
/// found where it is code. Strings over several lines are rare and are code to it.
func code(of line: Substring) -> String {
    var code = ""
    var isString = false
    var previous: Character?
    for character in line {
        if isString {
            if character == "\"", previous != "\\" { isString = false }
        } else if character == "\"" {
            isString = true
        } else if character == "/", previous == "/" {
            return String(code.dropLast())
        } else {
            code.append(character)
        }
        previous = character
    }
    return code
}

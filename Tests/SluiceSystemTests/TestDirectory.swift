import Glibc
import Testing

@testable import SluiceSystem

/// A directory of the test's own, removed with what is directly in it.
struct TestDirectory: ~Copyable {
    let path: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/sluice-test-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The names in it, sorted.
    var names: [String] { namesInDirectory(path) }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

func namesInDirectory(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Those of our descriptors that lead to files whose name has this in it, so that a test that finds
/// one too many says which. Counting all would count what other tests, running at the same time,
/// have open.
func openDescriptors(containing name: String) -> [String] {
    namesInDirectory("/proc/self/fd").filter { number in
        var target = [UInt8](repeating: 0, count: 512)
        let count = readlink("/proc/self/fd/\(number)", &target, target.count)
        return count > 0 && String(decoding: target[..<count], as: UTF8.self).contains(name)
    }
}

import Glibc
import SluiceSystem

/// A directory of our own that goes with this value, with a path short enough for sockets.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws(BenchError) {
        let made = TidyEnd.add {
            var template = Array("/tmp/sluice-bench-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { return nil }
            return template.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
        }
        guard let made else { throw .system(SystemError("mkdtemp")) }
        path = made
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String) throws(BenchError) {
        let number = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .system(SystemError("open", file(name))) }
        let descriptor = Descriptor(adopting: number)
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor.number, bytes, bytes.count) == bytes.count else {
            throw .system(SystemError("write", file(name)))
        }
    }

    deinit { TidyEnd.remove(path) }

    static func remove(_ path: String) {
        for name in names(in: path) { remove("\(path)/\(name)") }
        // One of them is wrong for what it is.
        if unlink(path) != 0 { rmdir(path) }
    }
}

import Glibc

/// Small files of the kernel's and ours, read whole.
enum SmallFile {
    /// Bytes that are read of one.
    static let bytes = 64 << 10

    /// What is in it; nil where it cannot be read or is not text.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < Self.bytes {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The one line of it, without the blanks around; nil where there is none.
    static func line(_ path: String) -> String? {
        guard let line = text(path)?.split(whereSeparator: \.isNewline).first else { return nil }
        let words = line.split(separator: " ")
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The whole number that is its one line; negative ones mean nothing here.
    static func number(_ path: String) -> Int? {
        line(path).flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The names in a directory, sorted; none where there is no such directory.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}

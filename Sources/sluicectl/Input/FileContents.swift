import Glibc

/// All of a file, or of standard input for `-`.
func contents(of name: String) throws(InputError) -> [UInt8] {
    guard name != "-" else { return try contents(of: STDIN_FILENO, named: "standard input") }
    let file = open(name, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreadable(name, reason: String(cString: strerror(errno))) }
    defer { _ = close(file) }
    return try contents(of: file, named: name)
}

private func contents(of file: CInt, named name: String) throws(InputError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(file, &buffer, buffer.count)
        if count == 0 { return bytes }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
            throw .unreadable(name, reason: String(cString: strerror(errno)))
        }
        bytes += buffer[..<count]
    }
}

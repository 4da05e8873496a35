import Glibc

/// Writes all of it to a file, which unlike a socket takes what there is room for.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: borrowing Descriptor, of name: String
) throws(SystemError) {
    var remaining = bytes[...]
    while !remaining.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: remaining)
        let count = write(file.number, chunk.baseAddress, chunk.count)
        guard count >= 0 || errno == EINTR else { throw SystemError("write", name) }
        remaining = remaining.dropFirst(max(0, count))
    }
}

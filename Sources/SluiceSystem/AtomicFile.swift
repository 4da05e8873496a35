import Glibc

/// Small files that are either the old or the new, whatever happens in between.
public enum AtomicFile {
    /// Replaces the file, on the disk when this returns.
    ///
    /// It is written beside its place, as `PATH.new`, and then moved there; one writer at a time,
    /// in a directory only it may write to.
    ///
    /// - Parameter owner: whose it is to be; nil: the writer's.
    public static func write(
        _ path: String, _ bytes: [UInt8], mode: mode_t = 0o600,
        owner: (user: uid_t, group: gid_t)? = nil
    ) throws(SystemError) {
        let temporary = path + ".new"
        // Left by a crash; a fixed name keeps such from piling up.
        unlink(temporary)
        do throws(SystemError) {
            try create(temporary, bytes, mode, owner)
            guard rename(temporary, path) == 0 else { throw SystemError("rename", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
    }

    /// The whole file; nil if there is none. One of more than `limit` bytes fails with EFBIG, and
    /// anything but a regular file with EINVAL.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
        // Non-blocking, because opening a FIFO waits for a writer.
        let number = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if number < 0, errno == ENOENT { return nil }
        let file = try Descriptor(of: "open", on: path, returned: number)
        guard FileIdentity(of: file.number)?.type == S_IFREG else {
            throw SystemError("open", path, code: EINVAL)
        }
        return try readAll(file, path, limit)
    }

    private static func create(
        _ path: String, _ bytes: [UInt8], _ mode: mode_t, _ owner: (user: uid_t, group: gid_t)?
    ) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = try Descriptor(of: "open", on: path, returned: open(path, flags, mode))
        if let owner, fchown(file.number, owner.user, owner.group) != 0 {
            throw SystemError("fchown", path)
        }
        try bytes.withUnsafeBufferPointer { bytes throws(SystemError) in
            try writeAll(UnsafeRawBufferPointer(bytes), to: file, of: path)
        }
        guard fsync(file.number) == 0 else { throw SystemError("fsync", path) }
    }

    private static func readAll(
        _ file: borrowing Descriptor, _ path: String, _ limit: Int
    ) throws(SystemError) -> [UInt8] {
        // One byte more than allowed, to see that there is more.
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var filled = 0
        while filled < bytes.count {
            let start = filled
            let count = bytes.withUnsafeMutableBytes { bytes in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                return Glibc.read(file.number, rest.baseAddress, rest.count)
            }
            guard count >= 0 || errno == EINTR else { throw SystemError("read", path) }
            if count == 0 { return Array(bytes[..<filled]) }
            filled += max(0, count)
        }
        throw SystemError("read", path, code: EFBIG)
    }

    /// Makes what happened to the names in a file's directory last: without it the file itself, or
    /// its move, may be lost with the power.
    public static func syncDirectory(of path: String) throws(SystemError) {
        var parent = "."
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            parent = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let directory = try Descriptor(of: "open", on: parent, returned: open(parent, flags))
        guard fsync(directory.number) == 0 else { throw SystemError("fsync", parent) }
    }
}

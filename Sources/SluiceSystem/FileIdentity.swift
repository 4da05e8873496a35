import Glibc

/// Which file a path or descriptor leads to, however it is named.
struct FileIdentity: Equatable {
    let device: dev_t
    let inode: ino_t
    let type: mode_t

    /// What is at the path itself, a symbolic link included; nil with errno if nothing is.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(of descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
        type = status.st_mode & S_IFMT
    }
}

import Glibc
import SluiceSystem

/// A file whose blocks are given up when the disk is full, so that what runs can still end and
/// outcomes can still be deleted.
struct Ballast {
    let path: String
    let bytes: Int

    /// Takes the blocks, if they are not taken yet. False: the disk has none to give. Where there
    /// is no ballast for another reason, the store does without.
    func take() -> Bool {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let number = open(path, flags, 0o600)
        guard number >= 0 else { return !Self.meansFull(errno) }
        let file = Descriptor(adopting: number)
        let code = posix_fallocate(file.number, 0, off_t(bytes))
        if code != 0 { release() }
        return !Self.meansFull(code)
    }

    private static func meansFull(_ code: CInt) -> Bool {
        [ENOSPC, EDQUOT, EFBIG].contains(code)
    }

    func release() { unlink(path) }
}

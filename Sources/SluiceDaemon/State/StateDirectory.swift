import Glibc
import SluiceSystem

/// The directory of what holds over a restart. What is in it is nobody else's to read or change.
enum StateDirectory {
    static let mode: mode_t = 0o700

    /// Its permissions, where they let others in; nil where they do not.
    ///
    /// An operator may have made it by hand, and may have a reason: so this warns, and corrects
    /// nothing.
    static func excessMode(of path: String) -> mode_t? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let permissions = status.st_mode & 0o777
        return permissions & ~mode == 0 ? nil : permissions
    }
}

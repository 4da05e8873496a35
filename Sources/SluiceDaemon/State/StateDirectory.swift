import Glibc
import SluiceSystem

/// The directory of what holds over a restart. What is in it is nobody else's to read or change.
enum StateDirectory {
    static let mode: mode_t = 0o700

    /// Who can get at what is in it besides us, and what to do; nil where nobody can.
    ///
    /// An operator may have made it by hand, and may have a reason: so this is said, and nothing
    /// corrected.
    static func objection(to path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let permissions = status.st_mode & 0o777
        guard permissions & ~mode == 0 else {
            return "has mode 0\(String(permissions, radix: 8)); run 'chmod 0700 \(path)'"
        }
        // Root gets at it anyway.
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            return "belongs to user \(status.st_uid); run 'chown -R \(geteuid()) \(path)', or "
                + "sluiced as that user"
        }
        return nil
    }
}

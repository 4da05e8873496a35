import Glibc

/// An errno, as a person can search for it.
struct ErrorNumber: CustomStringConvertible {
    let code: CInt

    init(_ code: CInt) { self.code = code }

    var description: String {
        guard let name else { return "\(text), errno \(code)" }
        return "\(text), \(name)"
    }

    private var text: String {
        // strerror_r has two shapes in glibc; strerror's text is copied at once.
        strerror(code).map { String(cString: $0) } ?? "unknown error"
    }

    /// The ones that reading a file or an account brings up.
    private var name: String? {
        switch code {
        case EACCES: "EACCES"
        case EIO: "EIO"
        case EISDIR: "EISDIR"
        case ELOOP: "ELOOP"
        case EMFILE: "EMFILE"
        case ENAMETOOLONG: "ENAMETOOLONG"
        case ENFILE: "ENFILE"
        case ENOENT: "ENOENT"
        case ENOMEM: "ENOMEM"
        case ENOTDIR: "ENOTDIR"
        case EPERM: "EPERM"
        default: nil
        }
    }
}

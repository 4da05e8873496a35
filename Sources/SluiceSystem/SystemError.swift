import CSluice
import Glibc

/// The world failed us: a system call that does not fail in a healthy system did. Rises until
/// somebody stops, restarts or gives up one peer.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call that failed, as its manual page is named.
    public let call: String
    /// What it was about, such as a path.
    public let subject: String?
    /// The errno it left.
    public let code: CInt

    public init(_ call: String, _ subject: String? = nil, code: CInt = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// Whether we are out of descriptors or memory: it may pass when others let go.
    public var isShortage: Bool {
        code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM
    }

    public var description: String {
        let text = String(cString: sluice_error_text(code))
        guard let subject else { return "\(call): \(text)" }
        return "\(call) \(subject): \(text)"
    }
}

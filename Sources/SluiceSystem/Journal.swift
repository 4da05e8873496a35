import CSystemd
import Glibc

/// Where log lines go. It decides nothing about what is worth saying; the daemon's `Report` does.
///
/// Under the manager they go to the journal with their fields. Elsewhere, and whenever the journal
/// does not take them, they go to standard error, without fields. Either may make us wait if its
/// reader does not keep up, one more reason to be silent in health.
public struct Journal: Sendable {
    /// As syslog(3) has them.
    public enum Priority: CInt, Hashable, Sendable {
        case critical = 2
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7
    }

    /// Names are upper-case ASCII letters, digits and underscores, or the journal drops the field.
    public typealias Field = (name: String, value: String)

    /// Whether standard error leads to the journal.
    let isJournal: Bool

    /// Looks where standard error goes. To be called at start, once.
    public init() {
        self.init(stream: getenv("JOURNAL_STREAM").map { String(cString: $0) }, stderr: 2)
    }

    /// The manager names in `$JOURNAL_STREAM` the file that it made our standard error, because a
    /// child whose standard error was redirected still has the variable.
    init(stream: String?, stderr: CInt) {
        guard let stream, let file = FileIdentity(of: stderr) else {
            isJournal = false
            return
        }
        isJournal = stream == "\(file.device):\(file.inode)"
    }

    public func send(_ priority: Priority, _ message: String, _ fields: [Field] = []) {
        if isJournal, sendNatively(priority, message, fields) { return }
        write(line(priority, message))
    }

    /// Says a last word. The journal learns the unit of a message from the process that sent it,
    /// and one that is gone meanwhile has none; what comes by standard error it knows by the
    /// stream. Where `send` writes to standard error anyway, this does nothing.
    public func sendLast(_ priority: Priority, _ message: String) {
        guard isJournal else { return }
        write(line(priority, message))
    }

    private func write(_ text: String) {
        // There is nobody left to tell of a failure.
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    /// How the message looks on standard error. The journal takes a priority from the start of
    /// each line there; a person does not.
    func line(_ priority: Priority, _ message: String) -> String {
        guard isJournal else { return message + "\n" }
        return message.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { "<\(priority.rawValue)>\($0)\n" }
            .joined()
    }

    /// False if the journal did not take it. With no journal at all libsystemd says it did; then
    /// standard error is not a journal's either.
    private func sendNatively(
        _ priority: Priority, _ message: String, _ fields: [Field]
    ) -> Bool {
        var assignments = [Array("MESSAGE=\(message)".utf8)]
        assignments.append(Array("PRIORITY=\(priority.rawValue)".utf8))
        for (name, value) in fields { assignments.append(Array("\(name)=\(value)".utf8)) }
        var bytes = assignments.flatMap { $0 }
        return bytes.withUnsafeMutableBytes { bytes in
            var start = bytes.baseAddress
            let parts = assignments.map { assignment in
                defer { start = start?.advanced(by: assignment.count) }
                return iovec(iov_base: start, iov_len: assignment.count)
            }
            return sd_journal_sendv(parts, CInt(parts.count)) >= 0
        }
    }
}

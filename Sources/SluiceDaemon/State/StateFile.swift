import FoundationEssentials
import Glibc
import SluiceModel
import SluiceSystem

/// What is kept in a file of the state directory. A later version of the layout reads this one.
protocol StateContents: Codable, Sendable {
    static var current: Int { get }
    var version: Int { get }
    /// Nothing kept.
    init()
}

/// One small JSON file in the state directory, replaced as a whole.
///
/// It is put into words and written by a thread of its own, because neither may hold up a turn.
/// Changes that follow each other closely go together: a thousand declarations are not a thousand
/// files. Without a state directory nothing is kept.
struct StateFile<Contents: StateContents> {
    /// Nil: nothing is kept.
    let path: String?
    private let bytes: Int
    private let writer: FileWriter
    private(set) var contents = Contents()
    private var isChanged = false
    /// How often it was changed.
    private(set) var changes: UInt64 = 0
    private var flushedAt = Instant.distantPast

    /// From one write to the next.
    private static var pause: Duration { .milliseconds(20) }

    /// - Parameter bytes: a longer file is not ours.
    init(_ name: String, in directory: String?, bytes: Int, writer: FileWriter) {
        path = directory.map { "\($0)/\(name)" }
        self.bytes = bytes
        self.writer = writer
    }

    /// Reads what was kept. A file that makes no sense is put aside, where the next change does
    /// not replace what a person may still mend.
    ///
    /// - Returns: whether something was kept.
    @discardableResult
    mutating func load() throws(StateError) -> Bool {
        guard let path, let read = try read(path) else { return false }
        guard let kept = try? JSONDecoder().decode(Contents.self, from: Data(read)),
            kept.version == Contents.current
        else {
            let aside = "\(path).damaged"
            guard rename(path, aside) == 0 else { throw .system(SystemError("rename", path)) }
            throw .damaged(path, aside: aside)
        }
        contents = kept
        return true
    }

    private func read(_ path: String) throws(StateError) -> [UInt8]? {
        do { return try AtomicFile.read(path, limit: bytes) } catch { throw .system(error) }
    }

    /// Changes what is kept, from the next `flush` on.
    mutating func change(_ change: (inout Contents) -> Void) {
        guard path != nil else { return }
        change(&contents)
        isChanged = true
        changes += 1
    }

    /// When to `flush`; nil: there is nothing to write.
    var nextDeadline: Instant? { isChanged ? flushedAt + Self.pause : nil }

    /// Writes what was changed, and has it on the disk when it returns: at the start, when nobody
    /// waits yet.
    mutating func writeNow() throws(SystemError) {
        guard let path, let data = try? JSONEncoder().encode(contents) else { return }
        try AtomicFile.write(path, [UInt8](data))
        isChanged = false
    }

    /// Gives what was changed to the writer, if that is due.
    mutating func flush(at now: Instant) {
        guard let path, let due = nextDeadline, due <= now else { return }
        isChanged = false
        flushedAt = now
        writer.write(path, changes) { [contents] in
            guard let data = try? JSONEncoder().encode(contents) else { return nil }
            return [UInt8](data)
        }
    }
}

import FoundationEssentials
import Glibc
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
/// It is written by a thread of its own, because a slow disk must not hold up a turn; what was
/// changed meanwhile goes with the next write. Without a state directory nothing is kept.
struct StateFile<Contents: StateContents> {
    private let path: String?
    private let bytes: Int
    private let writer: FileWriter
    private(set) var contents = Contents()

    /// - Parameter bytes: a longer file is not ours.
    init(_ name: String, in directory: String?, bytes: Int, writer: FileWriter) {
        path = directory.map { "\($0)/\(name)" }
        self.bytes = bytes
        self.writer = writer
    }

    /// Reads what was kept. A file that makes no sense is put aside, where the next change does
    /// not replace what a person may still mend.
    mutating func load() throws(StateError) {
        guard let path, let read = try read(path) else { return }
        guard let kept = try? JSONDecoder().decode(Contents.self, from: Data(read)),
            kept.version == Contents.current
        else {
            let aside = "\(path).damaged"
            guard rename(path, aside) == 0 else { throw .system(SystemError("rename", path)) }
            throw .damaged(path, aside: aside)
        }
        contents = kept
    }

    private func read(_ path: String) throws(StateError) -> [UInt8]? {
        do { return try AtomicFile.read(path, limit: bytes) } catch { throw .system(error) }
    }

    /// Changes what is kept.
    mutating func change(_ change: (inout Contents) -> Void) {
        guard let path else { return }
        change(&contents)
        guard let data = try? JSONEncoder().encode(contents) else { return }
        writer.write(path, [UInt8](data))
    }
}

import Glibc
import SluiceSystem

/// The secret that tickets are signed with: 16 random bytes in `ticket.key` of the state
/// directory, made at the first start and kept from then on.
///
/// Without a state directory, and where the file cannot be written, it lasts as long as the
/// process; then no ticket is recognised by the next.
struct TicketKey: Hashable {
    static let size = 16
    private static let name = "ticket.key"

    /// In the order of the bytes of the file.
    private let bytes: InlineArray<16, UInt8>

    init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.size, "a key of \(bytes.count) bytes")
        self.bytes = InlineArray { bytes[$0] }
    }

    private init() throws(SystemError) {
        var bytes = [UInt8](repeating: 0, count: Self.size)
        try bytes.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
            try Randomness.fill(UnsafeMutableRawBufferPointer(bytes))
        }
        self.init(bytes)
    }

    func withUnsafeBytes<R>(_ body: (UnsafePointer<UInt8>) -> R) -> R {
        bytes.span.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("a key has bytes") }
            return body(start)
        }
    }

    static func == (a: Self, b: Self) -> Bool { a.contents == b.contents }
    func hash(into hasher: inout Hasher) { hasher.combine(contents) }

    private var contents: [UInt8] { bytes.indices.map { bytes[$0] } }
}

extension TicketKey {
    /// What the daemon goes on without: it is to be logged.
    enum Trouble: Hashable {
        case notRead(StateError)
        case notWritten(String, SystemError)
    }

    /// The key that is kept, or a new one.
    ///
    /// It is on the disk before this returns, because the first ticket may come back after any
    /// crash. Fails only where the kernel has no random numbers.
    ///
    /// - Parameter directory: one that only we write to; nil: nothing is kept.
    static func load(
        from directory: String?, noting troubles: inout [Trouble]
    ) throws(SystemError) -> TicketKey {
        guard let directory else { return try TicketKey() }
        let path = "\(directory)/\(name)"
        do throws(StateError) {
            if let key = try read(path) { return key }
        } catch {
            troubles.append(.notRead(error))
        }
        let key = try TicketKey()
        // Where the old one could not be put aside it stays: a person may still mend it.
        guard access(path, F_OK) != 0 else { return key }
        do throws(SystemError) {
            try AtomicFile.write(path, key.contents)
        } catch {
            troubles.append(.notWritten(path, error))
        }
        return key
    }

    /// Nil where there is none yet. What is no key is put aside; one that cannot be read now may
    /// be a good one, and stays.
    private static func read(_ path: String) throws(StateError) -> TicketKey? {
        do throws(SystemError) {
            guard let bytes = try AtomicFile.read(path, limit: size) else { return nil }
            if bytes.count == size { return TicketKey(bytes) }
        } catch {
            // Too long, no file, a link.
            guard [EFBIG, EINVAL, ELOOP].contains(error.code) else { throw .system(error) }
        }
        let aside = "\(path).damaged"
        guard rename(path, aside) == 0 else { throw .system(SystemError("rename", path)) }
        throw .damaged(path, aside: aside)
    }
}

import Glibc
import SluiceEngine
import SluiceModel
import SluiceSystem
import SluiceWire

/// Where the numbers of requests go on after a restart, and what there was to come back for.
///
/// A number is a place, and never given twice. So the next start must know the highest that was
/// given, also after a kill that nobody foresaw: `places.json` names one that is not reached yet,
/// and is on the disk before numbers come near it. Only a stop in peace says the true one; so
/// there is a gap after every crash, and none after a stop.
///
/// It also says whose tickets count: those of the daemon before, and of those before it whose time
/// to be come back to was cut short. All others' are of requests that ended or were given up.
struct Places {
    struct Contents: StateContents, Hashable {
        static let current = 1
        var version = Contents.current
        /// No request has a higher number.
        var reserved: UInt64 = 0
        /// The boot of the machine in which it was written. All peers are processes of this
        /// machine, so what was before another boot does not come back.
        var boot: String?
        /// What was live when the daemon stopped; nil: it did not stop in peace.
        var left: Left?
        /// The daemons whose clients may come back, the one that wrote this last; nil: one that
        /// did not say, so that any may be meant.
        var instances: [String]?
    }

    struct Left: Codable, Hashable, Sendable {
        var requests: Int
        var grants: Int
    }

    /// Where a start begins.
    struct Beginning {
        var last = RequestID(rawValue: 0)
        /// Nil: nobody can come back.
        var predecessor: Predecessor?
        /// Whose tickets count; nil: those of any daemon before.
        var heritage: [UniqueID]? = []
    }

    /// What the daemon goes on without: it is to be logged.
    enum Trouble: Hashable {
        case notRead(StateError)
        case notWritten(String, SystemError)
    }

    /// Numbers reserved at a time: seconds of the highest load, in which the disk may be slow.
    static let block: UInt64 = 1 << 20
    /// Daemons that were cut short one after the other and are remembered.
    static let longestHeritage = 16
    private static let fileBytes = 4 << 10
    private let instance: UniqueID
    private var file: StateFile<Contents>
    private var isStopped = false

    init(of instance: UniqueID, in directory: String?, writer: FileWriter) {
        self.instance = instance
        file = StateFile("places.json", in: directory, bytes: Self.fileBytes, writer: writer)
    }

    /// Reads where to begin, and has the first numbers reserved on the disk when it returns.
    ///
    /// - Parameter boot: of the machine; nil where it cannot be told.
    mutating func begin(in boot: String?, noting troubles: inout [Trouble]) -> Beginning {
        guard file.path != nil else { return Beginning() }
        var beginning = Beginning()
        do throws(StateError) {
            let isKept = try file.load()
            beginning.last = RequestID(rawValue: file.contents.reserved)
            if isKept { beginning.predecessor = predecessor(in: boot) }
            if beginning.predecessor != nil { beginning.heritage = heritage }
        } catch {
            troubles.append(.notRead(error))
            // Above whatever was given: nobody has been let in a million times a second since 1970.
            beginning.last = RequestID(rawValue: UInt64(max(0, time(nil))) * Self.block)
            beginning.predecessor = Predecessor()
            beginning.heritage = nil
        }
        let mine = instance.description
        file.change {
            $0.reserved = beginning.last.rawValue + Self.block
            $0.boot = boot
            $0.left = nil
            $0.instances = beginning.heritage.map {
                ($0.map(\.description) + [mine]).suffix(Self.longestHeritage)
            }
        }
        do throws(SystemError) { try file.writeNow() } catch {
            troubles.append(.notWritten(file.path ?? "", error))
        }
        return beginning
    }

    private func predecessor(in boot: String?) -> Predecessor? {
        if let before = file.contents.boot, let boot, before != boot { return nil }
        guard let left = file.contents.left else { return Predecessor() }
        guard left != Left(requests: 0, grants: 0) else { return nil }
        return Predecessor(left: .init(requests: left.requests, grants: left.grants))
    }

    private var heritage: [UniqueID]? {
        file.contents.instances.map { $0.compactMap { UniqueID(digits: $0) } }
    }

    /// Nobody is waited for any longer: what daemons before this one gave is worth nothing to the
    /// next.
    mutating func endHeritage() {
        let mine = [instance.description]
        guard file.contents.instances != mine else { return }
        file.change { $0.instances = mine }
    }

    /// Reserves more in time.
    mutating func note(_ last: RequestID) {
        guard !isStopped, last.rawValue + Self.block / 2 > file.contents.reserved else { return }
        file.change { $0.reserved = last.rawValue + Self.block }
    }

    /// Notes where a stop in peace ends.
    ///
    /// - Parameter left: nil where that cannot be told exactly.
    mutating func stop(at last: RequestID, leaving left: Predecessor.Left?) {
        isStopped = true
        file.change {
            $0.reserved = last.rawValue
            $0.left = left.map { Left(requests: $0.requests, grants: $0.grants) }
        }
    }

    var nextDeadline: Instant? { file.nextDeadline }
    mutating func flush(at now: Instant) { file.flush(at: now) }
}

extension UniqueID {
    /// What `description` makes of it; nil for anything else.
    fileprivate init?(digits: String) {
        guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
            let low = UInt64(digits.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}

/// Names this boot of the machine; nil where the kernel does not tell.
func bootName() -> String? {
    let path = "/proc/sys/kernel/random/boot_id"
    guard let bytes = try? AtomicFile.read(path, limit: 64) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}

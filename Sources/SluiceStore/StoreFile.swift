import GRDB
import Glibc
import SluiceSystem

/// The database as a file: made, judged before it is opened, and put aside.
struct StoreFile {
    let directory: String
    let probes: StoreProbes

    static let name = "requests.sqlite"
    var path: String { "\(directory)/\(Self.name)" }

    /// Makes the file where there is none, so that it is ours alone from its first byte on; SQLite
    /// gives its log the same mode. Then reads what it says it is.
    func prepare() throws(SystemError) -> Header? {
        let isNew = access(path, F_OK) != 0
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        let file = try Descriptor(of: "open", on: path, returned: Glibc.open(path, flags, 0o600))
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw SystemError("fstat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError("open", path, code: EINVAL)
        }
        guard fchmod(file.number, 0o600) == 0 else { throw SystemError("fchmod", path) }
        // SQLite syncs files, and not the directory that a new one is in.
        if isNew { try AtomicFile.syncDirectory(of: path) }
        var bytes = [UInt8](repeating: 0, count: Header.size)
        let count = pread(file.number, &bytes, bytes.count, 0)
        guard count >= 0 else { throw SystemError("pread", path) }
        return count == 0 ? nil : Header(Array(bytes[..<count]))
    }

    /// Moves the file and what belongs to it to a name that says what and when.
    ///
    /// The file itself goes first: a log that is left without one is thrown away, whereas a file
    /// without its log would be an older store, whose requests would run again.
    func setAside(reason: String) throws(StoreTrouble) -> SetAside {
        let present = asideNames()
        guard present.count < StoreLimits.damagedFiles else {
            throw .tooManyDamaged(path: path, count: present.count)
        }
        let stem = "\(Self.name).damaged-\(WallTime.now().stamp)"
        var name = stem
        var number = 1
        while present.contains(name) {
            number += 1
            name = "\(stem)-\(number)"
        }
        let aside = "\(directory)/\(name)"
        do throws(SystemError) {
            guard rename(path, aside) == 0 else { throw SystemError("rename", path) }
            for suffix in ["-wal", "-shm", "-journal"] where access(path + suffix, F_OK) == 0 {
                guard rename(path + suffix, aside + suffix) == 0 else {
                    throw SystemError("rename", path + suffix)
                }
            }
            try AtomicFile.syncDirectory(of: path)
        } catch {
            throw .system(error.description)
        }
        return SetAside(path: path, aside: aside, reason: reason)
    }

    private func asideNames() -> Set<String> {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var names: Set<String> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let belongs = ["-wal", "-shm", "-journal"].contains { name.hasSuffix($0) }
            if name.hasPrefix("\(Self.name).damaged-"), !belongs { names.insert(name) }
        }
        return names
    }
}

extension StoreFile {
    /// What the first bytes of a database say: read before SQLite sees the file, which might
    /// change it by no more than opening it.
    struct Header {
        static let size = 100

        let version: Int
        let applicationID: Int32

        init(_ bytes: [UInt8]) {
            func number(at offset: Int) -> UInt32 {
                bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
            }
            let magic = Array("SQLite format 3".utf8) + [0]
            guard bytes.count == Header.size, bytes.starts(with: magic) else {
                // SQLite may know better: the rest may be in its journal.
                (version, applicationID) = (0, 0)
                return
            }
            version = Int(number(at: 60))
            applicationID = Int32(bitPattern: number(at: 68))
        }

        /// Whether it is another program's. Before the first commit was carried over from the
        /// log, nobody's name is in it.
        var isForeign: Bool { applicationID != Schema.applicationID && applicationID != 0 }
    }
}

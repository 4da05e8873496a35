import CPowerLoss
import Foundation

@testable import SluiceStore

/// A layer below a store that notes what the disk was told. SQLite has it as long as the process
/// lasts.
struct PowerLoss {
    let name = "loss-\(UUID().uuidString)"
    let layer: OpaquePointer

    init() { layer = powerloss_register(name) }

    var probes: StoreProbes {
        // The log is carried over often, so that crashes hit that, too.
        StoreProbes(vfs: name, checkpointPages: 24, ballastBytes: 4096)
    }

    var count: Int { Int(powerloss_count(layer)) }

    /// Notes that by now the test has been told of so many answers.
    func mark(_ number: Int) { powerloss_mark(layer, Int64(number)) }

    func record(_ index: Int) -> powerloss_record { powerloss_at(layer, Int64(index)) }

    func fileName(_ file: Int32) -> String {
        let path = String(cString: powerloss_path(layer, file))
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    var syncs: Int { (0..<count).count { record($0).kind == POWERLOSS_SYNC } }
}

/// One file as the disk has it: what is certain, and what it was told since.
struct DiskFile {
    struct Change {
        /// Nil: the file was cut to `offset`.
        let bytes: UnsafeRawBufferPointer?
        let offset: Int
    }

    private var bytes: [UInt8] = []
    private var exists = false
    private var changes: [Change] = []

    init() {}

    /// One that is there, and certain.
    init(_ bytes: [UInt8]) { (self.bytes, exists) = (bytes, true) }

    mutating func change(_ change: Change) { changes.append(change) }

    mutating func sync() {
        for change in changes { Self.apply(change, to: &bytes) }
        changes.removeAll()
        exists = true
    }

    mutating func remove() { self = DiskFile() }

    /// The file with none of what is uncertain, or all of it.
    func contents(withAll: Bool) -> [UInt8]? {
        guard exists || withAll else { return nil }
        var bytes = bytes
        if withAll { for change in changes { Self.apply(change, to: &bytes) } }
        return bytes
    }

    /// The file when of what is uncertain each sector, and the length, has what it was told up to
    /// some moment of its own.
    func contents(_ random: inout SplitMix) -> [UInt8]? {
        guard exists || random.next() % 2 == 0 else { return nil }
        // After each change, how long the file would be.
        var lengths = [bytes.count]
        for change in changes {
            let end = change.offset + (change.bytes?.count ?? 0)
            lengths.append(
                change.bytes == nil ? change.offset : max(lengths.last ?? 0, end))
        }
        let length = lengths[random.below(lengths.count)]
        var result = bytes
        Self.apply(Change(bytes: nil, offset: length), to: &result)
        let sectors = (length + Self.sector - 1) / Self.sector
        let taken = (0..<sectors).map { _ in random.below(changes.count + 1) }
        for (index, change) in changes.enumerated() {
            let end = change.bytes.map { change.offset + $0.count } ?? length
            let start = min(change.offset, length)
            let range = start..<max(start, min(end, length))
            let first = range.lowerBound / Self.sector
            for sector in first..<max(first, (range.upperBound + Self.sector - 1) / Self.sector)
            where sector < sectors && index < taken[sector] {
                let whole = sector * Self.sector..<(sector + 1) * Self.sector
                Self.apply(change, within: range.clamped(to: whole), to: &result)
            }
        }
        return result
    }

    private static let sector = 512

    private static func apply(_ change: Change, to file: inout [UInt8]) {
        guard let new = change.bytes else {
            file.removeLast(max(0, file.count - change.offset))
            file += [UInt8](repeating: 0, count: max(0, change.offset - file.count))
            return
        }
        let missing = change.offset + new.count - file.count
        if missing > 0 { file += [UInt8](repeating: 0, count: missing) }
        file.withUnsafeMutableBytes { file in
            let place = UnsafeMutableRawBufferPointer(rebasing: file[change.offset...])
            place.copyMemory(from: new)
        }
    }

    /// What a change did to some of the bytes.
    private static func apply(
        _ change: Change, within range: Range<Int>, to file: inout [UInt8]
    ) {
        guard !range.isEmpty else { return }
        file.withUnsafeMutableBytes { file in
            let place = UnsafeMutableRawBufferPointer(rebasing: file[range])
            guard let new = change.bytes else {
                // What was cut off comes back empty.
                place.initializeMemory(as: UInt8.self, repeating: 0)
                return
            }
            let start = range.lowerBound - change.offset
            let part = new[start..<start + range.count]
            place.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        }
    }
}

/// All files of a store at one moment, as the notes say.
struct Disk {
    /// What the test had been told by then.
    private(set) var marked = 0
    private(set) var files: [String: DiskFile] = [:]
    private var taken = 0

    /// A disk that has these files already.
    init(_ files: [String: DiskFile] = [:]) { self.files = files }

    /// Goes on to a later moment.
    mutating func advance(to moment: Int, of loss: PowerLoss) {
        while taken < moment {
            let record = loss.record(taken)
            taken += 1
            guard record.kind != POWERLOSS_MARK else {
                marked = Int(record.offset)
                continue
            }
            let name = loss.fileName(record.file)
            switch Int(record.kind) {
            case POWERLOSS_WRITE:
                let bytes = UnsafeRawBufferPointer(start: record.bytes, count: Int(record.size))
                files[name, default: DiskFile()].change(
                    DiskFile.Change(bytes: bytes, offset: Int(record.offset)))
            case POWERLOSS_TRUNCATE:
                files[name, default: DiskFile()].change(
                    DiskFile.Change(bytes: nil, offset: Int(record.offset)))
            case POWERLOSS_SYNC: files[name, default: DiskFile()].sync()
            default: files[name, default: DiskFile()].remove()
            }
        }
    }

    /// What follows is in the notes of another layer: another process has the same files.
    mutating func handOver() { taken = 0 }

    enum Remains: CaseIterable { case synced, all, some }

    /// Makes the files as a power loss at this moment may have left them.
    func restore(_ remains: Remains, in directory: String, _ random: inout SplitMix) throws {
        // In an order of our own, so that a seed means the same every time.
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            let bytes =
                switch remains {
                case .synced: file.contents(withAll: false)
                case .all: file.contents(withAll: true)
                case .some: file.contents(&random)
                }
            guard let bytes else { continue }
            try Data(bytes).write(to: URL(filePath: "\(directory)/\(name)"))
        }
    }
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

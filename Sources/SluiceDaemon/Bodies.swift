import SluiceModel
import SluiceSystem
import SluiceWire

/// Every payload that is in the daemon's hand, by the name under which the engine speaks of it.
///
/// Small rows keep their storage when they are released, so that a steady state allocates
/// nothing; of those that are free only so many, so that a burst does not stay paid for.
struct Bodies: ~Copyable {
    fileprivate struct Row {
        var generation: UInt32 = 0
        var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        var count = 0
        var contentType: String?
        /// What the worker said with a failure.
        var message = ""
        var file: SharedFile?
    }

    fileprivate var rows: [Row] = []
    private var vacant: [UInt32] = []

    /// Storage that a free row may keep, and how many free rows may.
    private static let keptBytes = 4096
    private static let keptRows = 4096

    deinit { for row in rows { row.storage.deallocate() } }

    /// Bodies held.
    var count: Int { rows.count - vacant.count }

    /// Copies what is inline, and takes the file that came with the frame.
    mutating func keep(
        _ payload: Payload, _ file: SharedFile? = nil, message: String = ""
    ) -> BodyID {
        let index = claim()
        rows[index].contentType = payload.contentType
        rows[index].message = message
        rows[index].file = file
        if case .inline(let bytes) = payload.content { rows[index].fill(with: bytes) }
        return name(of: index)
    }

    /// Keeps a report as it came, to be passed on as it is.
    mutating func keep(report bytes: UnsafeRawBufferPointer, _ file: SharedFile? = nil) -> BodyID {
        let index = claim()
        rows[index].file = file
        rows[index].fill(with: bytes)
        return name(of: index)
    }

    /// A payload as it is sent on. Its bytes are valid until the body is released.
    func payload(of body: BodyID) -> Payload {
        let row = rows[position(of: body)]
        let content: Payload.Content =
            if let file = row.file {
                .inDescriptor(size: UInt64(file.size))
            } else {
                .inline(row.bytes)
            }
        return Payload(row.contentType, content)
    }

    /// The bytes of a report.
    func report(_ body: BodyID) -> UnsafeRawBufferPointer { rows[position(of: body)].bytes }

    func message(of body: BodyID) -> String { rows[position(of: body)].message }
    func file(of body: BodyID) -> SharedFile? { rows[position(of: body)].file }

    mutating func release(_ body: BodyID) {
        let index = position(of: body)
        rows[index].generation &+= 1
        rows[index].contentType = nil
        rows[index].message = ""
        rows[index].file = nil
        if rows[index].storage.count > Self.keptBytes || vacant.count >= Self.keptRows {
            rows[index].storage.deallocate()
            rows[index].storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        vacant.append(UInt32(index))
    }

    private mutating func claim() -> Int {
        if let index = vacant.popLast() { return Int(index) }
        rows.append(Row())
        return rows.count - 1
    }

    private func name(of index: Int) -> BodyID {
        BodyID(rawValue: UInt64(rows[index].generation) << 32 | UInt64(index))
    }

    private func position(of body: BodyID) -> Int {
        let index = Int(body.rawValue & 0xffff_ffff)
        precondition(
            rows[index].generation == UInt32(body.rawValue >> 32), "body \(body) was released")
        return index
    }
}

extension Bodies.Row {
    fileprivate var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[..<count])
    }

    fileprivate mutating func fill(with bytes: UnsafeRawBufferPointer) {
        if storage.count < bytes.count {
            storage.deallocate()
            // Rounded up, so that payloads of about one size share their storage.
            let room = (bytes.count + 63) & ~63
            storage = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
        }
        storage.copyMemory(from: bytes)
        count = bytes.count
    }
}

/// A sealed memory file that several frames may carry before it is closed.
final class SharedFile {
    private let file: MemoryFile
    var size: Int { file.size }
    var number: CInt { file.descriptor.number }
    init(_ file: consuming MemoryFile) { self.file = file }
}

import Glibc
import SluiceModel
import SluiceStore
import SluiceSystem
import SluiceWire

/// Every payload that is in the daemon's hand, by the name under which the engine speaks of it: as
/// the bytes that it will be passed on as, so that nothing is taken apart and put together again.
///
/// - A request: attributes and payload, as ITEM ends.
/// - An answer: message, attributes and payload, as OUTCOME ends.
/// - A report: the body of the frame that its client gets.
///
/// Small rows keep their storage when they are released, so that a steady state allocates
/// nothing; of those that are free only so many, so that a burst does not stay paid for.
struct Bodies: ~Copyable {
    fileprivate struct Row {
        var storage: UnsafeMutableRawPointer?
        var count: UInt32 = 0
        var capacity: UInt32 = 0
        var generation: UInt32 = 0
        var file: SharedFile?
    }

    private var rows: UnsafeMutablePointer<Row>
    private var capacity: Int
    private var used = 0
    private var vacant: [UInt32] = []
    /// For what no frame brought in the form in which it is passed on.
    private var scratch = OutputBuffer()

    /// Storage that a free row may keep, and how many free rows may.
    private static let keptBytes = 4096
    private static let keptRows = 4096

    init() {
        capacity = 64
        rows = .allocate(capacity: capacity)
    }

    deinit {
        for index in 0..<used { free(rows[index].storage) }
        rows.deinitialize(count: used)
        rows.deallocate()
    }

    /// Bodies held.
    var count: Int { used - vacant.count }

    /// Keeps what a client sent.
    mutating func keep(_ payload: RawPayload, _ file: SharedFile? = nil) -> BodyID {
        if let bytes = payload.encoded { return keep(bytes, file) }
        scratch.attributed(payload)
        return keepScratch(file)
    }

    /// Keeps what a worker answered.
    mutating func keep(
        result payload: RawPayload, _ file: SharedFile? = nil
    ) -> BodyID {
        guard let bytes = payload.encoded else {
            scratch.answer("", payload)
            return keepScratch(file)
        }
        let index = claim(MemoryLayout<UInt16>.size + bytes.count, file)
        rows[index].storage?.storeBytes(of: 0, as: UInt16.self)
        rows[index].fill(with: bytes, at: MemoryLayout<UInt16>.size)
        return name(of: index)
    }

    /// Keeps what a worker said instead of a result.
    mutating func keep(
        failure message: String, _ payload: Payload, _ file: SharedFile? = nil
    ) -> BodyID {
        scratch.answer(message, payload)
        return keepScratch(file)
    }

    /// Keeps what a client sent to a daemon before this one.
    mutating func keep(_ stored: StoredPayload) throws(SystemError) -> BodyID {
        let file = try stored.travellingFile()
        try stored.withPayload(file) { scratch.attributed($0) }
        return keepScratch(file)
    }

    /// Keeps a report, or anything else, as it came.
    mutating func keep(_ bytes: UnsafeRawBufferPointer, _ file: SharedFile? = nil) -> BodyID {
        let index = claim(bytes.count, file)
        rows[index].fill(with: bytes, at: 0)
        return name(of: index)
    }

    private mutating func keepScratch(_ file: SharedFile?) -> BodyID {
        let body = keep(scratch.readable, file)
        scratch.removeFirst(scratch.count)
        return body
    }

    /// What is passed on. Valid until the body is released.
    func bytes(of body: BodyID) -> UnsafeRawBufferPointer {
        let index = position(of: body)
        return UnsafeRawBufferPointer(
            start: rows[index].storage, count: Int(rows[index].count))
    }

    func file(of body: BodyID) -> SharedFile? { rows[position(of: body)].file }

    mutating func release(_ body: BodyID) {
        let index = position(of: body)
        rows[index].generation &+= 1
        if rows[index].file != nil { rows[index].file = nil }
        if rows[index].capacity > Self.keptBytes || vacant.count >= Self.keptRows {
            rows[index].drop()
        }
        vacant.append(UInt32(index))
    }

    /// A row with room for so many bytes.
    private mutating func claim(_ size: Int, _ file: SharedFile?) -> Int {
        let index: Int
        if let free = vacant.popLast() {
            index = Int(free)
        } else {
            if used == capacity { grow() }
            index = used
            (rows + index).initialize(to: Row())
            used += 1
        }
        rows[index].makeRoom(for: size)
        if let file { rows[index].file = file }
        return index
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Row>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: rows, count: used)
        rows.deallocate()
        rows = larger
        capacity *= 2
    }

    private func name(of index: Int) -> BodyID {
        BodyID(rawValue: UInt64(rows[index].generation) << 32 | UInt64(index))
    }

    private func position(of body: BodyID) -> Int {
        let index = Int(body.rawValue & 0xffff_ffff)
        precondition(
            index < used && rows[index].generation == UInt32(body.rawValue >> 32),
            "body \(body) was released")
        return index
    }
}

extension Bodies.Row {
    fileprivate mutating func makeRoom(for size: Int) {
        count = UInt32(size)
        guard capacity < size else { return }
        free(storage)
        // What malloc gives anyway: its blocks are multiples of 16, with 8 of its own.
        capacity = UInt32((size + 8 + 15) & ~15) - 8
        storage = malloc(Int(capacity))
        precondition(storage != nil, "no memory for a payload of \(size) bytes")
    }

    fileprivate mutating func fill(with bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard let source = bytes.baseAddress, let storage else { return }
        (storage + offset).copyMemory(from: source, byteCount: bytes.count)
    }

    fileprivate mutating func drop() {
        free(storage)
        storage = nil
        capacity = 0
    }
}

/// A sealed memory file that several frames, and the store, may carry before it is closed.
typealias SharedFile = StoredFile

extension StoredFile {
    var size: Int { memory.size }
    var number: CInt { memory.descriptor.number }
}

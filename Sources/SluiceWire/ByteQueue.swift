/// Bytes that come in at one end and leave at the other, always in one piece.
///
/// A connection has one of these each way. The socket reads straight into it and writes straight
/// out of it, frames are decoded where they lie, and in steady state nothing is allocated:
///
///     [ consumed | readable | writable ]
///                ^start     ^end       ^storage.count
///
/// When it is drained it begins again at the front. It grows by doubling, moves what is readable
/// only when at least as much was consumed before it, and gives a large buffer back as soon as it
/// is drained, so that one huge frame does not stay paid for.
public struct ByteQueue: ~Copyable {
    private var storage: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private let kept: Int

    /// - Parameter kept: the capacity that a drained queue may keep.
    public init(keeping kept: Int = 64 << 10) {
        self.kept = kept
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { storage.deallocate() }

    public var count: Int { end - start }
    public var isEmpty: Bool { start == end }
    public var capacity: Int { storage.count }

    /// What is in the queue. Valid until the queue is next changed.
    public var readable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: storage[start..<end])
    }

    /// Lets `fill` write into free space of at least so many bytes and say how many it wrote.
    @discardableResult
    public mutating func fill<E: Error>(
        atLeast size: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        makeRoom(for: size)
        let room = UnsafeMutableRawBufferPointer(rebasing: storage[end...])
        let written = try fill(room)
        precondition(0...room.count ~= written, "wrote \(written) bytes into \(room.count)")
        end += written
        return written
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        makeRoom(for: bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: storage[end...]).copyMemory(from: bytes)
        end += bytes.count
    }

    /// Appends an integer, little-endian.
    @inline(__always)
    public mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        let size = MemoryLayout<Integer>.size
        makeRoom(for: size)
        storage.storeBytes(of: value.littleEndian, toByteOffset: end, as: Integer.self)
        end += size
    }

    /// Takes over storage that another queue gave up. To be called when there is none.
    mutating func adopt(_ storage: UnsafeMutableRawBufferPointer) {
        precondition(capacity == 0, "the queue has storage")
        self.storage = storage
        (start, end) = (0, 0)
    }

    /// Gives its storage up, if nothing is in it.
    mutating func surrender() -> UnsafeMutableRawBufferPointer? {
        guard isEmpty, capacity > 0 else { return nil }
        defer { storage = UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        (start, end) = (0, 0)
        return storage
    }

    /// Appends so many bytes, for the caller to write: all of them, before anything else is done
    /// with the queue.
    @inline(__always)
    mutating func extend(by size: Int) -> UnsafeMutableRawPointer {
        makeRoom(for: size)
        guard let base = storage.baseAddress else { preconditionFailure("there is room") }
        defer { end += size }
        return base + end
    }

    /// Replaces an integer that was appended earlier, `offset` bytes into what is readable.
    public mutating func replace<Integer: FixedWidthInteger>(at offset: Int, with value: Integer) {
        precondition(offset >= 0 && offset + MemoryLayout<Integer>.size <= count)
        storage.storeBytes(
            of: value.littleEndian, toByteOffset: start + offset, as: Integer.self)
    }

    /// Consumes from the front. The bytes themselves stay where they are until the queue is
    /// next added to or trimmed.
    public mutating func removeFirst(_ size: Int) {
        precondition(0...count ~= size, "consumed \(size) bytes of \(count)")
        start += size
    }

    /// Begins at the front again if there is nothing in the queue, with no more than it may keep.
    public mutating func trim() {
        guard isEmpty else { return }
        start = 0
        end = 0
        guard capacity > kept else { return }
        storage.deallocate()
        storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    @inline(__always)
    private mutating func makeRoom(for size: Int) {
        guard capacity - end < size else { return }
        makeRoomSlowly(for: size)
    }

    @inline(never)
    private mutating func makeRoomSlowly(for size: Int) {
        let used = readable
        // Moving no more bytes than were consumed keeps the cost of moving below that of reading.
        if start >= used.count, capacity - used.count >= size {
            storage.copyMemory(from: used)
        } else {
            let wanted = max(used.count + size, 2 * capacity, 4096)
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted, alignment: 16)
            larger.copyMemory(from: used)
            storage.deallocate()
            storage = larger
        }
        end = used.count
        start = 0
    }
}

import SluiceModel

/// Frames on their way to a peer, as bytes for the socket.
///
/// Encoding appends, sending consumes. The offsets count the bytes of the whole stream, so that
/// the owner of a descriptor can remember where its frame begins: a call that passes a descriptor
/// must begin with that frame.
public struct OutputBuffer: ~Copyable {
    private var bytes: ByteQueue
    /// Bytes that were sent so far.
    public private(set) var startOffset: UInt64 = 0

    public init() { bytes = ByteQueue() }

    public var count: Int { bytes.count }
    public var isEmpty: Bool { bytes.isEmpty }
    /// Bytes that were ever encoded: where the next frame will begin.
    public var endOffset: UInt64 { startOffset + UInt64(bytes.count) }

    /// What is to be sent. Valid until the buffer is next changed.
    public var readable: UnsafeRawBufferPointer { bytes.readable }

    /// Takes off the front what the socket took.
    public mutating func removeFirst(_ count: Int) {
        bytes.removeFirst(count)
        startOffset += UInt64(count)
        bytes.trim()
    }

    /// Takes storage from a pool, if it has none.
    @inline(__always)
    public mutating func borrow(from pool: inout BufferPool) {
        guard bytes.capacity == 0, let storage = pool.take() else { return }
        bytes.adopt(storage)
    }

    /// Gives its storage to a pool, if nothing is in it.
    public mutating func giveBack(to pool: inout BufferPool) {
        guard let storage = bytes.surrender() else { return }
        pool.give(storage)
    }

    /// Appends a frame; its length is filled in when `body` has appended what it wants.
    @inline(__always)
    mutating func frame(
        _ kind: Kind, id: UInt64 = 0, flags: FrameFlags = [], _ body: (inout OutputBuffer) -> Void
    ) {
        let start = bytes.count
        // The first half of the header in one store: length 0, kind, flags, descriptors, zero.
        let descriptors: UInt64 = flags.contains(.inDescriptor) ? 1 : 0
        bytes.append(
            UInt64(kind.rawValue) << 32 | UInt64(flags.rawValue) << 40 | descriptors << 48)
        bytes.append(id)
        body(&self)
        let size = bytes.count - start - Header.size
        precondition(size <= UInt32.max, "\(kind) of \(size) bytes")
        bytes.replace(at: start, with: UInt32(size))
    }

    /// Room for so many bytes, for the caller to write.
    @inline(__always)
    mutating func extend(by size: Int) -> UnsafeMutableRawPointer { bytes.extend(by: size) }

    /// Appends a frame whose body exists already, such as a report that is passed on.
    public mutating func append(
        _ kind: Kind, id: UInt64, flags: FrameFlags = [], body: UnsafeRawBufferPointer
    ) {
        frame(kind, id: id, flags: flags) { out in out.bytes.append(body) }
    }

    mutating func put<Integer: FixedWidthInteger>(_ value: Integer) { bytes.append(value) }

    mutating func put(_ value: Bool) { bytes.append(UInt8(value ? 1 : 0)) }

    /// A count, an index or an attempt: what does not fit is as good as the largest that does.
    mutating func put(number: Int) { bytes.append(UInt32(clamping: number)) }

    mutating func put(item: Int?) {
        guard let item else { return bytes.append(UInt32.max) }
        put(number: item)
    }

    /// - Parameter name: one that `Name.isValid` accepts.
    mutating func put(name: String) {
        precondition(name.utf8.count <= Limits.nameBytes, "unchecked name")
        putSized(name)
    }

    /// Text for people; the end of a long one is left out.
    mutating func put(text: String) { putSized(text.prefix(utf8: Limits.messageBytes)) }

    mutating func put(_ ticket: Ticket) { ticket.withUnsafeBytes { putSized($0) } }

    mutating func put(_ id: UniqueID) {
        bytes.append(id.high.bigEndian.littleEndian)
        bytes.append(id.low.bigEndian.littleEndian)
    }

    mutating func put(_ content: Payload.Content) {
        switch content {
        case .inline(let inline): bytes.append(inline)
        case .inDescriptor(let size): bytes.append(size)
        }
    }

    mutating func put(raw: UnsafeRawBufferPointer) { bytes.append(raw) }

    mutating func putSized(_ raw: UnsafeRawBufferPointer) {
        bytes.append(UInt16(raw.count))
        bytes.append(raw)
    }

    private mutating func putSized(_ string: String) {
        var string = string
        string.withUTF8 { putSized(UnsafeRawBufferPointer($0)) }
    }

    /// Appends attributes; their total size is filled in when `content` has appended them, by
    /// tag in ascending order.
    mutating func putAttributes(_ content: (inout OutputBuffer) -> Void) {
        let start = bytes.count
        bytes.append(UInt16(0))
        content(&self)
        let size = bytes.count - start - 2
        precondition(size <= Limits.attributes, "attributes of \(size) bytes")
        bytes.replace(at: start, with: UInt16(size))
    }
}

extension String {
    /// As many whole characters of the front as fit into so many bytes.
    func prefix(utf8 limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}

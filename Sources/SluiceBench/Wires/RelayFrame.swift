import SluiceSystem
import SluiceWire

/// A frame of sluice-relay: 16 bytes, and a payload.
struct RelayFrame {
    static let headerSize = 16

    enum Mark {
        static let request: UInt32 = 0
        /// Comes back at once.
        static let ping: UInt32 = 0xffff_ff01
        /// From a worker: up to `id` requests, once.
        static let pull: UInt32 = 0xffff_ff02
        /// To a worker: `id` requests follow.
        static let batch: UInt32 = 0xffff_ff03
    }

    var mark: UInt32
    var id: UInt64
    /// Valid until the decoder is next asked.
    var payload: UnsafeRawBufferPointer

    /// The frame without its payload.
    static func template(_ mark: UInt32) -> FrameTemplate {
        var header: [UInt32] = [0, mark.littleEndian, 0, 0]
        return header.withUnsafeMutableBytes { FrameTemplate(UnsafeRawBufferPointer($0)) }
    }

    static func append(_ mark: UInt32, id: UInt64, payload: Int = 0, to queue: inout ByteQueue) {
        queue.append(UInt32(payload))
        queue.append(mark)
        queue.append(id)
    }
}

/// Cuts what comes from sluice-relay into frames, where they lie.
struct RelayDecoder: ~Copyable {
    private var input = ByteQueue(keeping: 4 << 20)

    mutating func receive<E: Error>(
        _ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) {
        try input.fill(atLeast: 64 << 10, read)
    }

    mutating func next() -> RelayFrame? {
        let bytes = input.readable
        guard bytes.count >= RelayFrame.headerSize else {
            input.trim()
            return nil
        }
        let size =
            RelayFrame.headerSize + Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
        guard bytes.count >= size else { return nil }
        input.removeFirst(size)
        return RelayFrame(
            mark: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            id: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            payload: UnsafeRawBufferPointer(rebasing: bytes[RelayFrame.headerSize..<size]))
    }
}

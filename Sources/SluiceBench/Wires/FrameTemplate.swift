import SluiceWire

/// A frame without its payload, encoded once and then copied for every request.
///
/// Binary ones begin with 16 bytes, of which the first four are the length of what follows and the
/// last eight the id. Those of text say the length in words, and the id where their envelope ends.
struct FrameTemplate {
    private static let headerSize = 16
    private let idOffset: Int
    private let hasLength: Bool
    /// Where it says where to answer.
    private let addresses: [Int]
    private var bytes: [UInt8]

    /// - Parameter frame: a whole frame that ends with `payload` bytes of payload, which are left
    ///   out.
    init(_ frame: UnsafeRawBufferPointer, droppingPayload payload: Int = 0) {
        precondition(frame.count >= Self.headerSize + payload)
        bytes = Array(frame.dropLast(payload))
        (idOffset, hasLength, addresses) = (8, true, [])
    }

    /// One of text: the words before the envelope, with a hole for where to answer, if they say so.
    init(words: String, hole: Int? = nil) {
        bytes = Array(words.utf8)
        let envelope = bytes.count
        bytes += [UInt8](repeating: 0, count: Envelope.size)
        idOffset = envelope + Envelope.idOffset
        hasLength = false
        addresses = [hole, envelope].compactMap { $0 }
    }

    /// Says where to answer.
    @inline(__always)
    mutating func store(_ address: ReplyAddress) {
        for place in addresses {
            bytes.withUnsafeMutableBytes { frame in
                frame.storeBytes(of: address.rawValue, toByteOffset: place, as: UInt64.self)
            }
        }
    }

    /// One of sluice-protocol(7).
    init(droppingPayload payload: Int = 0, _ encode: (inout OutputBuffer) -> Void) {
        var buffer = OutputBuffer()
        encode(&buffer)
        self.init(buffer.readable, droppingPayload: payload)
    }

    /// Appends the frame, for so many bytes of payload, which are to follow.
    @inline(__always)
    mutating func append(id: UInt64, payload: Int, to queue: inout ByteQueue) {
        let length = UInt32(truncatingIfNeeded: bytes.count - Self.headerSize + payload)
        bytes.withUnsafeMutableBytes { frame in
            if hasLength { frame.storeBytes(of: length.littleEndian, as: UInt32.self) }
            frame.storeBytes(of: id.littleEndian, toByteOffset: idOffset, as: UInt64.self)
            queue.append(UnsafeRawBufferPointer(frame))
        }
    }

    /// The same, of a frame whose body begins with the number of an item.
    @inline(__always)
    mutating func append(id: UInt64, item: Int, payload: Int, to queue: inout ByteQueue) {
        bytes.withUnsafeMutableBytes { frame in
            let number = UInt32(item).littleEndian
            frame.storeBytes(of: number, toByteOffset: Self.headerSize, as: UInt32.self)
        }
        append(id: id, payload: payload, to: &queue)
    }
}

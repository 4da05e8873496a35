import SluiceWire
import Synchronization

/// Where the answer to a request goes, in a broker whose queues have names: to a queue of each
/// connection. Eight characters, in the order in which they lie in memory.
struct ReplyAddress: Equatable {
    let rawValue: UInt64

    private static let last = Atomic<UInt32>(0)

    /// One that no other connection of this process has.
    static func next() -> ReplyAddress {
        let number = last.add(1, ordering: .relaxed).newValue
        let digits = String(number, radix: 16)
        return ReplyAddress("r" + String(repeating: "0", count: 7 - digits.count) + digits)
    }

    /// - Parameter text: eight characters of ASCII.
    init(_ text: String) {
        precondition(text.utf8.count == Self.size, "an address of \(text.utf8.count) characters")
        rawValue = Array(text.utf8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    init(rawValue: UInt64) { self.rawValue = rawValue }

    static let size = 8

    var text: String {
        withUnsafeBytes(of: rawValue) { String(decoding: $0, as: UTF8.self) }
    }
}

/// What travels through a broker that knows bytes only: where to answer, the id, the payload. So
/// much does the relay's frame have before the payload, too.
struct Envelope {
    static let size = 16
    static let idOffset = 8

    var address: ReplyAddress
    var id: UInt64
    var payload: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) throws(BenchError) {
        guard bytes.count >= Self.size else {
            throw .malformed("a message of \(bytes.count) bytes")
        }
        address = ReplyAddress(rawValue: bytes.loadUnaligned(as: UInt64.self))
        id = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: Self.idOffset, as: UInt64.self))
        payload = UnsafeRawBufferPointer(rebasing: bytes[Self.size...])
    }
}

extension ByteQueue {
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
    }

    /// A number in decimal digits.
    mutating func append(decimal number: Int) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { room in
            var start = room.count
            var rest = UInt(number.magnitude)
            repeat {
                start -= 1
                room[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: room[start...]))
        }
    }

    mutating func append(_ address: ReplyAddress) { append(UInt64(littleEndian: address.rawValue)) }

    mutating func appendLineEnd() { append(UInt16(0x0a0d)) }
}

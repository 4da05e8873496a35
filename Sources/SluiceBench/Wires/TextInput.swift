import Glibc
import SluiceSystem
import SluiceWire

/// What comes from a broker that speaks in lines, with bytes between them. It is looked at from the
/// front, and taken when all that belongs together is there.
struct TextInput: ~Copyable {
    private var input = ByteQueue(keeping: 4 << 20)

    mutating func receive(from socket: borrowing Descriptor) -> Received {
        var received = Received.wouldBlock
        receive { room in
            received = socket.receive(into: room)
            return received.count
        }
        return received
    }

    mutating func receive(_ read: (UnsafeMutableRawBufferPointer) -> Int) {
        input.fill(atLeast: 64 << 10, read)
    }

    /// All that came. What is taken stays valid until more is received.
    var bytes: UnsafeRawBufferPointer { input.readable }

    mutating func take(_ count: Int) { input.removeFirst(count) }

    /// To be called when nothing that was taken is in use.
    mutating func trim() { input.trim() }

    /// The line that begins there, without its end; nil until that came.
    func line(at start: Int) -> UnsafeRawBufferPointer? {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let base = rest.baseAddress,
            let end = memchr(base, CInt(UInt8(ascii: "\n")), rest.count)
        else { return nil }
        let length = UnsafeRawPointer(end) - base
        guard length > 0, rest[length - 1] == UInt8(ascii: "\r") else {
            return UnsafeRawBufferPointer(rebasing: rest[..<length])
        }
        return UnsafeRawBufferPointer(rebasing: rest[..<(length - 1)])
    }

    /// So many bytes from there, if they and the end of their line came.
    func block(at start: Int, count: Int) -> UnsafeRawBufferPointer? {
        guard bytes.count - start >= count + Self.lineEnd else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
    }

    static let lineEnd = 2
}

extension UnsafeRawBufferPointer {
    func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount, let baseAddress else { return false }
        return memcmp(baseAddress, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// The number that begins there, and where it ends; nil for what is none.
    func decimal(from start: Int) -> (number: Int, end: Int)? {
        var end = start
        var number = 0
        while end < count, 0x30...0x39 ~= self[end], end - start < 18 {
            number = number * 10 + Int(self[end] & 0xf)
            end += 1
        }
        return end > start ? (number, end) : nil
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}

import CSluice
import Glibc

/// Numbers nobody can guess, from the kernel.
public enum Randomness {
    /// Fills the buffer. Waits only in the first moments of a machine's life.
    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SystemError) {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = getrandom(rest.baseAddress, rest.count, 0)
            guard count >= 0 || errno == EINTR else { throw SystemError("getrandom") }
            filled += max(0, count)
        }
    }

    /// So many bytes.
    public static func bytes(_ count: Int) throws(SystemError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        try out.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
            try fill(UnsafeMutableRawBufferPointer(bytes))
        }
        return out
    }

    /// The 16 bytes of a random UUID (version 4).
    public static func uuid() throws(SystemError) -> [UInt8] {
        var uuid = try bytes(16)
        uuid[6] = uuid[6] & 0x0f | 0x40
        uuid[8] = uuid[8] & 0x3f | 0x80
        return uuid
    }
}

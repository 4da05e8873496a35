/// Turns the few names that come over and over into strings without allocating them each time.
///
/// One slot for each value of a hash: a name evicts what was in its slot, so the cache needs no
/// bookkeeping and cannot grow. Names that collide cost what they would cost without it.
public struct StringCache: ~Copyable {
    private var slots = [String](repeating: "", count: 256)

    public init() {}

    /// - Parameter bytes: ASCII, checked by the caller.
    mutating func string(_ bytes: UnsafeRawBufferPointer) -> String {
        // Up to 15 bytes a string is a plain value: nothing to save.
        guard bytes.count > 15 else { return String(decoding: bytes, as: UTF8.self) }
        let slot = Int(hash(bytes) & 255)
        var cached = slots[slot]
        let isHit = cached.withUTF8 { $0.elementsEqual(bytes) }
        guard !isHit else { return cached }
        let string = String(decoding: bytes, as: UTF8.self)
        slots[slot] = string
        return string
    }

    /// FNV-1a, folded. Chosen collisions slow down whoever chose them.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash ^ (hash >> 16)
    }
}

/// Turns the few names that come over and over into strings, without allocating or checking them
/// each time: what is in here was checked when it came in.
///
/// One slot for each value of a hash: a string evicts what was in its slot, so the cache needs no
/// bookkeeping and cannot grow. Strings that collide cost what they would cost without it.
public struct StringCache: ~Copyable {
    /// What a string was checked for. A content type is no name, though it may sit here as well.
    enum Purpose: Int { case name, contentType }

    private static let slotsPerPurpose = 256
    private var slots = [String](repeating: "", count: 2 * slotsPerPurpose)
    /// The latest of each purpose, which is likely to be the next: its bytes are compared, and
    /// nothing else is done.
    private var latestName = Latest()
    private var latestType = Latest()

    public init() {}

    private struct Latest {
        var bytes: [UInt8] = []
        var string = ""

        func isEqual(_ other: UnsafeRawBufferPointer) -> Bool {
            guard bytes.count == other.count else { return false }
            for index in other.indices where bytes[index] != other[index] { return false }
            return !other.isEmpty
        }
    }

    /// A name that was checked when its frame was.
    public mutating func name(_ checked: UnsafeRawBufferPointer) -> String {
        string(checked, for: .name, isAllowed: Name.isAllowed) ?? ""
    }

    /// Whether all of these bytes are allowed.
    mutating func isValid(
        _ bytes: UnsafeRawBufferPointer, for purpose: Purpose, isAllowed: (UInt8) -> Bool
    ) -> Bool {
        switch purpose {
        case .name: if latestName.isEqual(bytes) { return true }
        case .contentType: if latestType.isEqual(bytes) { return true }
        }
        return string(bytes, for: purpose, isAllowed: isAllowed) != nil
    }

    /// The string of these bytes; nil if one of them is not allowed.
    mutating func string(
        _ bytes: UnsafeRawBufferPointer, for purpose: Purpose, isAllowed: (UInt8) -> Bool
    ) -> String? {
        switch purpose {
        case .name: if latestName.isEqual(bytes) { return latestName.string }
        case .contentType: if latestType.isEqual(bytes) { return latestType.string }
        }
        guard let string = known(bytes, for: purpose, isAllowed: isAllowed) else { return nil }
        switch purpose {
        case .name: latestName = Latest(bytes: Array(bytes), string: string)
        case .contentType: latestType = Latest(bytes: Array(bytes), string: string)
        }
        return string
    }

    private mutating func known(
        _ bytes: UnsafeRawBufferPointer, for purpose: Purpose, isAllowed: (UInt8) -> Bool
    ) -> String? {
        // Up to 15 bytes a string is a plain value: nothing to save.
        guard bytes.count > 15 else {
            guard bytes.allSatisfy(isAllowed) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        let slot = purpose.rawValue * StringCache.slotsPerPurpose + hash(bytes)
        if isEqual(slots[slot], bytes) { return slots[slot] }
        guard bytes.allSatisfy(isAllowed) else { return nil }
        let string = String(decoding: bytes, as: UTF8.self)
        slots[slot] = string
        return string
    }

    private func isEqual(_ string: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard string.utf8.count == bytes.count else { return false }
        let isEqual = string.utf8.withContiguousStorageIfAvailable { utf8 in
            let other = UnsafeRawBufferPointer(utf8)
            return forEachWord(of: bytes.count) { other.word(at: $0) == bytes.word(at: $0) }
        }
        return isEqual ?? false
    }

    /// Multiplies the words together. Chosen collisions slow down whoever chose them.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(bytes.count)
        _ = forEachWord(of: bytes.count) { offset in
            hash = (hash ^ bytes.word(at: offset)) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 32
            return true
        }
        return Int(hash >> 56)
    }

    /// The offsets of words that cover so many bytes, at least one word, as long as `visit` wants
    /// more. The last two may overlap. Says whether all were wanted.
    @inline(__always)
    private func forEachWord(of count: Int, _ visit: (Int) -> Bool) -> Bool {
        var offset = 0
        while offset + 8 < count {
            guard visit(offset) else { return false }
            offset += 8
        }
        return visit(count - 8)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func word(at offset: Int) -> UInt64 {
        loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
}

import Glibc

/// The payload of every request: its id in the first bytes, then a pattern that all share.
///
/// A short answer is compared whole. Of a long one the ends are, and a window that the id picks:
/// comparing megabytes would make the generator what is measured, and over many requests the
/// windows cover all of it.
public struct Pattern: ~Copyable {
    private static let window = 4096

    public let size: Int
    private let memory: UnsafeMutableRawBufferPointer

    public init(size: Int) {
        precondition(size >= 0)
        self.size = size
        memory = .allocate(byteCount: max(size, 8), alignment: 16)
        // A period that no block size divides, so that what was moved is noticed.
        for index in 0..<memory.count { memory[index] = UInt8(truncatingIfNeeded: index % 251) }
    }

    deinit { memory.deallocate() }

    /// Bytes that the id takes.
    public var idSize: Int { min(size, 8) }

    /// What follows the id.
    public var tail: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[idSize..<size])
    }

    /// Does something with the whole payload of a request.
    public mutating func withPayload<Result: ~Copyable, E: Error>(
        of id: UInt64, _ body: (UnsafeRawBufferPointer) throws(E) -> Result
    ) throws(E) -> Result {
        memory.storeBytes(of: id.littleEndian, as: UInt64.self)
        defer { restore() }
        return try body(UnsafeRawBufferPointer(rebasing: memory[..<size]))
    }

    private func restore() {
        for index in 0..<8 { memory[index] = UInt8(truncatingIfNeeded: index) }
    }

    /// Whether these are the bytes that were sent with a request.
    public func matches(_ bytes: UnsafeRawBufferPointer, id: UInt64) -> Bool {
        guard bytes.count == size else { return false }
        let isHers = withUnsafeBytes(of: id.littleEndian) {
            isEqual($0.baseAddress, bytes, 0, idSize)
        }
        guard isHers else { return false }
        guard size > 3 * Self.window else { return agrees(bytes, from: idSize, to: size) }
        let middle = (Int(truncatingIfNeeded: id ^ id >> 29) & 0xff_ffff) * Self.window
        let start = middle % (size - Self.window)
        return agrees(bytes, from: idSize, to: Self.window)
            && agrees(bytes, from: max(start, idSize), to: start + Self.window)
            && agrees(bytes, from: size - Self.window, to: size)
    }

    private func agrees(_ bytes: UnsafeRawBufferPointer, from: Int, to: Int) -> Bool {
        isEqual(memory.baseAddress.map { UnsafeRawPointer($0 + from) }, bytes, from, to - from)
    }

    private func isEqual(
        _ expected: UnsafeRawPointer?, _ bytes: UnsafeRawBufferPointer, _ from: Int, _ count: Int
    ) -> Bool {
        guard count > 0 else { return true }
        guard let expected, let start = bytes.baseAddress else { return false }
        return memcmp(expected, start + from, count) == 0
    }
}

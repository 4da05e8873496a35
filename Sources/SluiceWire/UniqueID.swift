/// A random UUID: of a peer's session or of the daemon's instance. Kept and sent in the order in
/// which it is written.
public struct UniqueID: Hashable, Sendable {
    static let size = 16

    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 16 of them.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == UniqueID.size, "a UUID of \(bytes.count) bytes")
        high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
}

extension UniqueID: CustomStringConvertible {
    /// The 32 hexadecimal digits.
    public var description: String { digits(of: high) + digits(of: low) }

    private func digits(of half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

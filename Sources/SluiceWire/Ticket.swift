import SluiceModel

/// What the daemon gives with ADMITTED, to know it again when a client comes back with it. Opaque
/// to everybody else. Kept in place, since one goes with every request.
public struct Ticket: Sendable {
    private var storage = InlineArray<64, UInt8>(repeating: 0)
    private var size: UInt8 = 0

    /// Of no bytes.
    public init() {}

    /// nil for more bytes than a ticket may have.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= Limits.ticket else { return nil }
        self.init(checked: bytes)
    }

    /// - Parameter bytes: no more than a ticket may have; the caller looked.
    public init(checked bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= 64, "a ticket of \(bytes.count) bytes")
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        size = UInt8(bytes.count)
    }

    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        Swift.withUnsafeBytes(of: storage) { bytes in
            body(UnsafeRawBufferPointer(rebasing: bytes[..<Int(size)]))
        }
    }
}

extension Ticket: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
    }
}

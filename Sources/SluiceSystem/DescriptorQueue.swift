import CSluice
import Glibc

/// Descriptors that came over a socket and wait for the frame that speaks of them, in order.
/// What nobody takes is closed with the queue.
public struct DescriptorQueue: ~Copyable, Sendable {
    private var numbers: [CInt] = []

    public init() {}

    public var count: Int { numbers.count }
    public var isEmpty: Bool { numbers.isEmpty }

    public mutating func append(_ descriptor: consuming Descriptor) {
        numbers.append(descriptor.surrender())
    }

    /// The oldest, now the caller's.
    public mutating func takeFirst() -> Descriptor? {
        numbers.isEmpty ? nil : Descriptor(adopting: numbers.removeFirst())
    }

    public mutating func closeAll() {
        for number in numbers { _ = close(number) }
        numbers.removeAll()
    }

    /// Takes over what a system call installed.
    mutating func adopt(_ received: UnsafeBufferPointer<CInt>) {
        numbers.append(contentsOf: received)
    }

    deinit {
        for number in numbers { _ = close(number) }
    }
}

/// Storage for output that nobody uses at present: a connection has some only while something
/// waits to be sent on it, and ten thousand silent ones have none.
public struct BufferPool: ~Copyable {
    private var spare: [UnsafeMutableRawBufferPointer] = []

    /// How much is kept: what a burst took beyond it is given back.
    private static let keptBuffers = 32
    private static let keptBytes = 64 << 10

    public init() {}

    deinit { for storage in spare { storage.deallocate() } }

    mutating func take() -> UnsafeMutableRawBufferPointer? { spare.popLast() }

    mutating func give(_ storage: UnsafeMutableRawBufferPointer) {
        guard spare.count < Self.keptBuffers, storage.count <= Self.keptBytes else {
            return storage.deallocate()
        }
        spare.append(storage)
    }
}

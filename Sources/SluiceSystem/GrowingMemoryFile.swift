/// A file in memory that grows as bytes come, whose number nobody knows before: from a network, for
/// instance. Sealed, it is a `MemoryFile`.
public struct GrowingMemoryFile: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private let name: String
    public private(set) var size = 0

    /// The name is for /proc and people.
    public init(named name: String) throws(SystemError) {
        descriptor = try MemoryFile.unsealed(named: name)
        self.name = name
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        try writeAll(bytes, to: descriptor, of: name)
        size += bytes.count
    }

    /// Ends it: from now on nobody can change it, us included.
    public consuming func sealed() throws(SystemError) -> MemoryFile {
        try MemoryFile(sealing: descriptor, size: size, named: name)
    }
}

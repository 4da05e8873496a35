import CSluice
import Glibc

/// A file in memory whose size and bytes can no longer change, so that it can be shared with a
/// process that is not trusted: nobody can pull it from under a reader.
public struct MemoryFile: ~Copyable, Sendable {
    public let descriptor: Descriptor
    public let size: Int

    /// Makes one of the bytes. The name is for /proc and people.
    public init(
        named name: String, contents: UnsafeRawBufferPointer
    ) throws(SystemError) {
        let file = try Self.unsealed(named: name)
        try writeAll(contents, to: file, of: name)
        try self.init(sealing: file, size: contents.count, named: name)
    }

    /// Seals one that was written to.
    init(sealing file: consuming Descriptor, size: Int, named name: String) throws(SystemError) {
        guard sluice_memfd_seal(file.number) == 0 else { throw SystemError("fcntl", name) }
        descriptor = file
        self.size = size
    }

    /// One that can still be written to, and sealed.
    static func unsealed(named name: String) throws(SystemError) -> Descriptor {
        try Descriptor(of: "memfd_create", returned: sluice_memfd_create(name))
    }

    /// Takes one that came from a peer, if it is what the protocol asks for.
    public init(received: consuming Descriptor) throws(MemoryFileError) {
        switch sluice_memfd_is_sealed(received.number) {
        case 1: break
        case 0: throw .unsealed
        default: throw .notAMemoryFile
        }
        var status = stat()
        guard fstat(received.number, &status) == 0 else { throw .system(SystemError("fstat")) }
        descriptor = received
        size = Int(status.st_size)
    }

    /// Shows the bytes in our memory.
    public func map() throws(SystemError) -> Mapping {
        try Mapping(of: descriptor, size: size)
    }
}

/// What is wrong with a descriptor that should be a sealed memory file.
public enum MemoryFileError: Error, Hashable, Sendable {
    case notAMemoryFile
    /// Its owner could still change or shrink it.
    case unsealed
    case system(SystemError)
}

import Glibc

/// Bytes of a file in our memory, for reading, until the owner lets go.
public struct Mapping: ~Copyable {
    /// Good for as long as this value lives.
    public let bytes: UnsafeRawBufferPointer

    init(of file: borrowing Descriptor, size: Int) throws(SystemError) {
        // The kernel refuses to map nothing.
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, size, PROT_READ, MAP_SHARED, file.number, 0)
        guard let address, address != MAP_FAILED else { throw SystemError("mmap") }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit {
        guard let start = bytes.baseAddress else { return }
        munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
}

import Glibc
import Testing

@testable import SluiceSystem

@Suite struct DescriptorTests {
    @Test("A descriptor is closed when its owner lets go")
    func closes() throws {
        let name = "sluice-closes"
        do {
            let file = try memoryFile(name)
            #expect(openDescriptors(containing: name).count == 1)
            _ = file.number
        }
        #expect(openDescriptors(containing: name).count == 0)
    }

    @Test("A surrendered descriptor stays open")
    func surrenders() throws {
        let name = "sluice-surrenders"
        let number = try memoryFile(name).surrender()
        #expect(openDescriptors(containing: name).count == 1)
        close(number)
    }

    @Test("A duplicate outlives the original and is not inherited by children")
    func duplicates() throws {
        let name = "sluice-duplicates"
        let copy = try memoryFile(name).duplicate()
        let flags = fcntl(copy.number, F_GETFD)
        #expect(flags & FD_CLOEXEC != 0)
        #expect(openDescriptors(containing: name).count == 1)
    }

    @Test("An error names the call, its subject and the reason")
    func describesErrors() {
        let error = SystemError("open", "/there", code: ENOENT)
        #expect(error.description == "open /there: No such file or directory")
        #expect(SystemError("fsync", code: EIO).description == "fsync: Input/output error")
        #expect(SystemError("accept4", code: EMFILE).isShortage)
        #expect(!error.isShortage)
    }
}

/// An open descriptor that /proc shows under a name of our choosing.
func memoryFile(_ name: String, _ text: String = "x") throws -> Descriptor {
    let file = try MemoryFile(named: name, text: text)
    return try file.descriptor.duplicate()
}

extension MemoryFile {
    init(named name: String, text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        try self.init(named: name, contents: UnsafeRawBufferPointer(copy))
    }
}

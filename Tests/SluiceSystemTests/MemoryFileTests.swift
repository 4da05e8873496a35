import Glibc
import Testing

@testable import SluiceSystem

@Suite struct MemoryFileTests {
    @Test("What we make is what a peer may send, and its bytes can be seen")
    func roundTrip() throws {
        let made = try MemoryFile(named: "sluice-made", text: "content")
        let received = try MemoryFile(received: made.descriptor.duplicate())
        #expect(received.size == 7)
        let mapping = try received.map()
        #expect(String(decoding: mapping.bytes, as: UTF8.self) == "content")
    }

    @Test("An empty one maps to nothing")
    func mapsEmpty() throws {
        let made = try MemoryFile(named: "sluice-empty", text: "")
        #expect(made.size == 0)
        let mapping = try made.map()
        #expect(mapping.bytes.isEmpty)
    }

    @Test("Nobody can change or resize what was made")
    func isSealed() throws {
        let made = try MemoryFile(named: "sluice-sealed", text: "content")
        let number = made.descriptor.number
        #expect(pwrite(number, "x", 1, 0) == -1 && errno == EPERM)
        #expect(ftruncate(number, 0) == -1 && errno == EPERM)
        #expect(ftruncate(number, 99) == -1 && errno == EPERM)
    }

    @Test("One that grew is, sealed, as any other")
    func grows() throws {
        var growing = try GrowingMemoryFile(named: "sluice-growing")
        for text in ["con", "", "tent"] { try append(text, to: &growing) }
        let size = growing.size
        #expect(size == 7)
        let made = try growing.sealed()
        #expect(pwrite(made.descriptor.number, "x", 1, 0) == -1 && errno == EPERM)
        let received = try MemoryFile(received: made.descriptor.duplicate())
        let mapping = try received.map()
        #expect(String(decoding: mapping.bytes, as: UTF8.self) == "content")
    }

    @Test("One that is not sealed, or not wholly, is refused and closed")
    func refusesUnsealed() throws {
        let name = "sluice-unsealed"
        let loose = try MemoryFile.unsealed(named: name)
        #expect(refusal(of: try loose.duplicate()) == .unsealed)
        // F_ADD_SEALS of F_SEAL_SHRINK and F_SEAL_GROW: its bytes could still change.
        try #require(fcntl(loose.number, 1033, 0x2 | 0x4) == 0)
        #expect(refusal(of: try loose.duplicate()) == .unsealed)
        #expect(openDescriptors(containing: name).count == 1)
    }

    @Test("What is not in memory is refused")
    func refusesOthers() throws {
        let null = try Descriptor(of: "open", returned: open("/dev/null", O_RDONLY))
        #expect(refusal(of: null) == .notAMemoryFile)
        let pair = try SocketPair()
        #expect(refusal(of: try pair.here.duplicate()) == .notAMemoryFile)
    }

    private func append(_ text: String, to file: inout GrowingMemoryFile) throws(SystemError) {
        let bytes = Array(text.utf8)
        try bytes.span.bytes.withUnsafeBytes { piece throws(SystemError) in
            try file.append(piece)
        }
    }

    private func refusal(of descriptor: consuming Descriptor) -> MemoryFileError? {
        do {
            _ = try MemoryFile(received: descriptor)
            return nil
        } catch {
            return error
        }
    }
}

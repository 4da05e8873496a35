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

    @Test("One that is not sealed, or not wholly, is refused and closed")
    func refusesUnsealed() throws {
        let name = "sluice-unsealed"
        let loose = try MemoryFile.unsealed(named: name)
        #expect(refusal(of: try loose.duplicate()) == .unsealed)
        // F_ADD_SEALS of F_SEAL_SHRINK and F_SEAL_GROW: its bytes could still change.
        try #require(fcntl(loose.number, 1033, 0x2 | 0x4) == 0)
        #expect(refusal(of: try loose.duplicate()) == .unsealed)
        #expect(openDescriptors(containing: name) == 1)
    }

    @Test("What is not in memory is refused")
    func refusesOthers() throws {
        let null = try Descriptor(of: "open", returned: open("/dev/null", O_RDONLY))
        #expect(refusal(of: null) == .notAMemoryFile)
        let pair = try SocketPair()
        #expect(refusal(of: try pair.here.duplicate()) == .notAMemoryFile)
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

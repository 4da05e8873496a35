import Glibc
import SluiceSystem
import Testing

@testable import SluiceBench

@Suite("What is to be sent")
struct OutboxTests {
    /// Two connected sockets that do not wait.
    private struct Pair: ~Copyable {
        let near: Descriptor
        let far: Descriptor

        init() throws {
            var ends: [CInt] = [0, 0]
            let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
            near = Descriptor(adopting: ends[0])
            far = Descriptor(adopting: ends[1])
        }

        /// Sends all of it to somebody who reads, in pieces that sockets make of it.
        ///
        /// - Parameter arrivals: how many bytes had come with and before each descriptor.
        func pass(
            _ outbox: inout Outbox, _ descriptors: inout DescriptorQueue, _ arrivals: inout [Int]
        ) throws -> [UInt8] {
            var all: [UInt8] = []
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 50_000, alignment: 1)
            defer { room.deallocate() }
            while true {
                let flushed = try outbox.flush(to: near)
                var count = 1
                while count > 0 {
                    count = far.receive(into: room, descriptors: &descriptors).count
                    all += room[..<count]
                    while arrivals.count < descriptors.count { arrivals.append(all.count) }
                }
                if case .all = flushed { return all }
            }
        }
    }

    @Test("Large pieces stay in their place among small ones", arguments: [false, true])
    func order(_ isKept: Bool) throws {
        let pair = try Pair()
        let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        var outbox = Outbox()
        var expected: [UInt8] = []
        try large.withUnsafeBytes { large in
            for number in 0..<60 as Range<UInt8> {
                outbox.write { queue in queue.append(number) }
                outbox.append(lasting: large)
                expected += [number] + large
            }
            outbox.write { queue in queue.append(UInt8(99)) }
            expected.append(99)
            // A part has left already when the rest is kept.
            _ = try outbox.flush(to: pair.near)
            if isKept { try outbox.keep() }
            var none = DescriptorQueue()
            var arrivals: [Int] = []
            let received = try pair.pass(&outbox, &none, &arrivals)
            #expect(received == expected)
            let isDone = none.isEmpty && outbox.isEmpty
            #expect(isDone)
        }
    }

    private func file(_ byte: UInt8) throws -> Descriptor {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { memory.deallocate() }
        memory[0] = byte
        return try MemoryFile(named: "test", contents: UnsafeRawBufferPointer(memory))
            .descriptor.duplicate()
    }

    @Test("A descriptor comes with its frame, however the rest is cut", arguments: [false, true])
    func descriptors(_ isKept: Bool) throws {
        let pair = try Pair()
        let large = [UInt8](repeating: 7, count: 100_000)
        var outbox = Outbox()
        var files: [String] = []
        try large.withUnsafeBytes { large in
            for number in 0..<5 as Range<UInt8> {
                outbox.append(lasting: large)
                outbox.attach(try self.file(number))
                outbox.write { queue in queue.append(number) }
                files.append("\(number)")
            }
            if isKept { try outbox.keep() }
            var arrived = DescriptorQueue()
            var arrivals: [Int] = []
            let received = try pair.pass(&outbox, &arrived, &arrivals)
            #expect(received.count == 5 * 100_001)
            try #require(arrivals.count == 5)
            for (index, bytes) in arrivals.enumerated() {
                #expect(bytes > index * 100_001 + 100_000, "descriptor \(index) came too early")
            }
            var names: [String] = []
            while let descriptor = arrived.takeFirst() {
                let file = try MemoryFile(received: descriptor)
                names.append("\(try file.map().bytes[0])")
            }
            #expect(names == files)
        }
    }
}

import Testing

@testable import SluiceWire

@Suite("The buffer of a connection")
struct ByteQueueTests {
    private func append(_ bytes: [UInt8], to queue: inout ByteQueue) {
        bytes.withUnsafeBytes { queue.append($0) }
    }

    @Test("What comes in goes out in order, whatever the sizes", arguments: 1...20)
    func inOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = ByteQueue(keeping: 1024)
        var model: [UInt8] = []
        for _ in 0..<300 {
            let size = Int.random(in: 0...600, using: &random)
            if Bool.random(using: &random) {
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                append(bytes, to: &queue)
                model += bytes
            } else {
                let size = min(size, model.count)
                queue.removeFirst(size)
                model.removeFirst(size)
                queue.trim()
            }
            let content = Array(queue.readable)
            #expect(content == model)
        }
    }

    @Test("A drained queue is used again without growing")
    func steadyState() {
        var queue = ByteQueue()
        append([UInt8](repeating: 1, count: 1000), to: &queue)
        let capacity = queue.capacity
        for _ in 0..<1000 {
            queue.removeFirst(queue.count)
            queue.trim()
            append([UInt8](repeating: 1, count: 1000), to: &queue)
        }
        let after = queue.capacity
        #expect(after == capacity)
    }

    @Test("A queue that is never quite drained stays small")
    func neverDrained() {
        var queue = ByteQueue()
        append([1], to: &queue)
        for _ in 0..<10_000 {
            append([UInt8](repeating: 1, count: 1000), to: &queue)
            queue.removeFirst(1000)
            queue.trim()
        }
        let capacity = queue.capacity
        #expect(capacity <= 8192)
    }

    @Test("Room for a huge frame is given back once it is drained")
    func shrinks() {
        var queue = ByteQueue(keeping: 65536)
        append([UInt8](repeating: 1, count: 1 << 20), to: &queue)
        queue.removeFirst(1 << 20)
        queue.trim()
        let capacity = queue.capacity
        #expect(capacity == 0)
    }

    @Test("The decoder gives it back when it has said that there is no more")
    func decoderShrinks() throws {
        var decoder = FrameDecoder(bodyLimit: 4 << 20)
        var out = OutputBuffer()
        let body = [UInt8](repeating: 1, count: 1 << 20)
        body.withUnsafeBytes { out.append(.submit, id: 1, body: $0) }
        decoder.feed(Array(out.readable))
        let frame = try decoder.next()
        #expect(frame?.body.count == 1 << 20)
        let before = decoder.capacity
        let none = try decoder.next()
        #expect(none == nil)
        let after = decoder.capacity
        #expect(before > 1 << 20)
        #expect(after == 0)
    }

    @Test("Offsets of the output count the whole stream")
    func offsets() {
        var out = OutputBuffer()
        LinkMessage.ping(1).encode(into: &out)
        let second = out.endOffset
        LinkMessage.ping(2).encode(into: &out)
        out.removeFirst(20)
        let start = out.startOffset
        let end = out.endOffset
        #expect(second == 16)
        #expect(start == 20)
        #expect(end == 32)
    }
}

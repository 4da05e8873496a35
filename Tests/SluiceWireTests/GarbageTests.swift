import SluiceModel
import Testing

@testable import SluiceWire

@Suite("Bytes that nobody meant")
struct GarbageTests {
    private let senders: [Sender] = [.client, .worker, .daemonToClient, .daemonToWorker]

    @Test("Garbage ends in an error or in frames, never in a crash", arguments: 1...20)
    func garbage(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let size = Int.random(in: 0...200, using: &random)
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            survive(bytes, from: senders[Int.random(in: 0...3, using: &random)], 0)
        }
    }

    @Test("A true header before garbage lets no crash through either", arguments: 1...20)
    func garbageBodies(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let vector = Vector.all[Int.random(in: 0..<Vector.all.count, using: &random)]
            var bytes = vector.bytes
            for index in bytes.indices.dropFirst(Header.size) {
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            survive(bytes, from: vector.from, vector.descriptors)
        }
    }

    @Test("A vector with a few bytes changed is refused or means what it says", arguments: 1...40)
    func mutants(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for vector in Vector.all {
            var bytes = vector.bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            survive(bytes, from: vector.from, vector.descriptors)
        }
    }

    /// Decodes it in two parts. What comes out as a message can be written and read again, and is
    /// the same then; the bytes may differ where the page lets a receiver pass over something.
    private func survive(_ bytes: [UInt8], from sender: Sender, _ descriptors: Int) {
        var decoder = FrameDecoder(bodyLimit: 1 << 20)
        var strings = StringCache()
        var seen = Transcript()
        do throws(WireError) {
            decoder.feed(bytes.prefix(bytes.count / 2), descriptors: descriptors)
            try seen.take(from: &decoder, sender, &strings)
            decoder.feed(bytes.dropFirst(bytes.count / 2))
            try seen.take(from: &decoder, sender, &strings)
        } catch {
            #expect(!error.farewell.message.isEmpty)
        }
        readAgain(seen, from: sender)
    }

    private func readAgain(_ seen: Transcript, from sender: Sender) {
        var decoder = FrameDecoder(bodyLimit: 1 << 20)
        var strings = StringCache()
        var again = Transcript()
        do throws(WireError) {
            // As many descriptors as the frames say.
            var rest = seen.bytes[...]
            while rest.count >= Header.size {
                let head = Array(rest.prefix(Header.size))
                let descriptors = Int(head[6])
                let size = head[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
                let frame = rest.prefix(Header.size + size)
                decoder.feed(frame, descriptors: descriptors)
                try again.take(from: &decoder, sender, &strings)
                rest = rest.dropFirst(frame.count)
            }
            #expect(again == seen)
        } catch {
            Issue.record("\(error) in what was encoded: \(hex(seen.bytes))")
        }
    }
}

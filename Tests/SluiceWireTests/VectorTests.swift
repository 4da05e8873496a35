import SluiceModel
import Testing

@testable import SluiceWire

@Suite("The vectors that Swift and Python share")
struct VectorTests {
    @Test("There are vectors, and every kind has one")
    func everyKindHasOne() {
        let kinds = Set(Vector.all.compactMap { vector in Kind(rawValue: vector.bytes[4]) })
        #expect(kinds == Set(Kind.allCases))
        #expect(InvalidVector.all.count > 90)
    }

    @Test("Decoding says what the vector says in words", arguments: Vector.all)
    func decodes(_ vector: Vector) throws {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        decoder.feed(vector.bytes, descriptors: vector.descriptors)
        let frame = try #require(try decoder.next())
        #expect(frame.kind.description == vector.kind)
        #expect(frame.header.descriptors == vector.descriptors)
        var words = try AnyMessage(frame, from: vector.from, &strings).inWords
        words["id"] = .count(frame.id)
        #expect(words == vector.message)
        let after = try decoder.next()
        #expect(after == nil)
    }

    @Test("Encoding what was decoded gives the same bytes", arguments: Vector.all)
    func encodes(_ vector: Vector) throws {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        decoder.feed(vector.bytes, descriptors: vector.descriptors)
        let frame = try #require(try decoder.next())
        let message = try AnyMessage(frame, from: vector.from, &strings)
        #expect(hex(message.encoded) == vector.hex)
    }

    @Test("A frame may arrive in two parts, cut anywhere", arguments: Vector.all)
    func anySplit(_ vector: Vector) throws {
        let bytes = vector.bytes
        for cut in 0...bytes.count {
            var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
            var strings = StringCache()
            var seen = Transcript()
            // Descriptors come with the first byte.
            decoder.feed(bytes[..<cut], descriptors: cut > 0 ? vector.descriptors : 0)
            try seen.take(from: &decoder, vector.from, &strings)
            #expect(seen.bytes.isEmpty || cut == bytes.count)
            decoder.feed(bytes[cut...], descriptors: cut > 0 ? 0 : vector.descriptors)
            try seen.take(from: &decoder, vector.from, &strings)
            #expect(seen.bytes == bytes)
            let isDone = decoder.isAtFrameBoundary
            #expect(isDone)
        }
    }

    @Test(
        "All frames of a sender may arrive at once or byte by byte",
        arguments: [Sender.client, .worker, .daemonToClient, .daemonToWorker])
    func oneStream(_ sender: Sender) throws {
        let vectors = Vector.all.filter { $0.from == sender }
        let stream = vectors.flatMap(\.bytes)

        var whole = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        var atOnce = Transcript()
        for vector in vectors { whole.feed(vector.bytes, descriptors: vector.descriptors) }
        try atOnce.take(from: &whole, sender, &strings)
        #expect(atOnce.bytes == stream)

        var trickle = FrameDecoder(bodyLimit: Limits.frameBody)
        var byByte = Transcript()
        for vector in vectors {
            for (index, byte) in vector.bytes.enumerated() {
                trickle.feed([byte], descriptors: index == 0 ? vector.descriptors : 0)
                try byByte.take(from: &trickle, sender, &strings)
            }
        }
        #expect(byByte == atOnce)
    }
}

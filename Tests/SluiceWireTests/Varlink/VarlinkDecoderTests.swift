import SluiceWire
import Testing

@Suite("Varlink messages in a stream of bytes")
struct VarlinkDecoderTests {
    let stream = Array("{\"a\":1}\0{}\0{\"b\":\"é\"}\0".utf8)
    let messages = ["{\"a\":1}", "{}", "{\"b\":\"é\"}"]

    @Test("Messages are cut alike wherever the stream is split")
    func everySplit() throws {
        for split in 0...stream.count {
            var decoder = VarlinkDecoder()
            var found: [String] = []
            for piece in [stream[..<split], stream[split...]] {
                decoder.receive(piece)
                while let message = try decoder.next() {
                    found.append(String(decoding: message, as: UTF8.self))
                }
            }
            #expect(found == messages, "split at \(split)")
        }
    }

    @Test("Messages are cut alike byte by byte")
    func byteByByte() throws {
        var decoder = VarlinkDecoder()
        var found: [String] = []
        for byte in stream {
            decoder.receive([byte])
            while let message = try decoder.next() {
                found.append(String(decoding: message, as: UTF8.self))
            }
        }
        #expect(found == messages)
    }

    @Test("A message that never ends is refused when it passes the limit, and not before")
    func tooLong() throws {
        var decoder = VarlinkDecoder(limit: 8)
        decoder.receive(Array("{      }".utf8))
        #expect(try decoder.next() == nil)
        decoder.receive([32])
        #expect(throws: VarlinkError.messageTooLong(limit: 8)) { try decoder.next() }
    }

    @Test("A message over the limit is refused even when it came whole")
    func tooLongWhole() throws {
        var decoder = VarlinkDecoder(limit: 8)
        decoder.receive(Array("{}\0{       }\0".utf8))
        #expect(try decoder.next() == Array("{}".utf8))
        #expect(throws: VarlinkError.messageTooLong(limit: 8)) { try decoder.next() }
    }
}

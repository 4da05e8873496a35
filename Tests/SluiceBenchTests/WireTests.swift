import SluiceModel
import SluiceWire
import Testing

@testable import SluiceBench

@Suite("Frames of the relay")
struct RelayFrameTests {
    /// Two frames as the relay would send them.
    private var bytes: [UInt8] {
        [3, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 97, 98, 99]
            + [0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    private func frames(_ pieces: [ArraySlice<UInt8>]) -> [String] {
        var decoder = RelayDecoder()
        var frames: [String] = []
        for piece in pieces {
            decoder.receive { room in
                room.copyBytes(from: piece)
                return piece.count
            }
            while let frame = decoder.next() {
                frames.append("\(frame.mark) \(frame.id) \(Array(frame.payload))")
            }
        }
        return frames
    }

    @Test("They are found wherever the stream is cut")
    func cuts() {
        let whole = frames([bytes[...]])
        #expect(whole == ["5 578437695752307201 [97, 98, 99]", "4294967041 0 []"])
        for cut in 1..<bytes.count {
            #expect(frames([bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
    }

    @Test("What is written is what is read")
    func roundTrip() {
        var queue = ByteQueue()
        RelayFrame.append(RelayFrame.Mark.pull, id: 64, to: &queue)
        var template = RelayFrame.template(RelayFrame.Mark.request)
        template.append(id: 9, payload: 2, to: &queue)
        queue.append(UInt16(0x6261))
        let written = Array(queue.readable)
        #expect(frames([written[...]]) == ["4294967042 64 []", "0 9 [97, 98]"])
    }
}

@Suite("Frames from a template")
struct FrameTemplateTests {
    @Test("A request is the one that the encoder makes", arguments: [false, true])
    func request(_ wantsStatus: Bool) {
        let payload: [UInt8] = [1, 2, 3, 4, 5]
        var template = SluiceClientWire.request(
            of: "echo", .inline, wantsStatus: wantsStatus, payload: payload.count)
        var queue = ByteQueue()
        template.append(id: 77, payload: payload.count, to: &queue)
        payload.withUnsafeBytes { queue.append($0) }
        let expected = payload.withUnsafeBytes { bytes in
            var submit = Submit(function: "echo", payload: Payload(nil, .inline(bytes)))
            submit.wantsStatus = wantsStatus
            var out = OutputBuffer()
            ClientRequest.submit(RequestNumber(rawValue: 77), submit).encode(into: &out)
            return Array(out.readable)
        }
        #expect(Array(queue.readable) == expected)
    }

    @Test("One whose payload is in a memfd names its size")
    func beside() {
        var template = SluiceClientWire.request(
            of: "echo", .fresh, wantsStatus: false, payload: 1 << 20)
        var queue = ByteQueue()
        template.append(id: 3, payload: 0, to: &queue)
        var out = OutputBuffer()
        let payload = Payload(nil, .inDescriptor(size: 1 << 20))
        ClientRequest.submit(
            RequestNumber(rawValue: 3), Submit(function: "echo", payload: payload)
        ).encode(into: &out)
        #expect(Array(queue.readable) == Array(out.readable))
    }
}

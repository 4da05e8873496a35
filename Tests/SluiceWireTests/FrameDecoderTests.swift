import SluiceModel
import Testing

@testable import SluiceWire

@Suite("Cutting a stream into frames")
struct FrameDecoderTests {
    /// A header of SUBMIT, number 1, that says these things.
    private func header(length: UInt32, flags: UInt8 = 0, descriptors: UInt8 = 0) -> [UInt8] {
        withUnsafeBytes(of: length.littleEndian) { Array($0) }
            + [0x10, flags, descriptors, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    }

    private func error(from decoder: inout FrameDecoder) -> WireError? {
        do throws(WireError) {
            while try decoder.next() != nil {}
            return nil
        } catch {
            return error
        }
    }

    @Test("A body over the limit is refused by its header, before it is there")
    func bodyLimit() {
        var decoder = FrameDecoder(bodyLimit: 100)
        decoder.feed(header(length: 100))
        #expect(error(from: &decoder) == nil)

        var strict = FrameDecoder(bodyLimit: 100)
        strict.feed(header(length: 101))
        #expect(error(from: &strict) == .bodyTooLarge(.submit, size: 101, limit: 100))
    }

    @Test("Before the opening is over, a body is no longer than an opening can be")
    func openingLimit() {
        var decoder = FrameDecoder()
        decoder.feed(header(length: UInt32(Limits.openingBody) + 1))
        #expect(error(from: &decoder)?.farewell.code == "too_large")
    }

    @Test("A body as long as the limit is one frame, however it arrives")
    func longestBody() throws {
        let limit = 1 << 20
        var decoder = FrameDecoder(bodyLimit: limit)
        let bytes = header(length: UInt32(limit)) + [UInt8](repeating: 7, count: limit)
        for start in stride(from: 0, to: bytes.count, by: 9973) {
            decoder.feed(bytes[start..<min(start + 9973, bytes.count)])
            guard start + 9973 >= bytes.count else {
                #expect(error(from: &decoder) == nil)
                continue
            }
            let frame = try #require(try decoder.next())
            #expect(frame.body.count == limit)
            #expect(frame.body.allSatisfy { $0 == 7 })
        }
    }

    @Test("Frames with descriptors take theirs in order")
    func descriptorsInOrder() throws {
        let large = header(length: 8, flags: 1, descriptors: 1) + [UInt8](repeating: 0, count: 8)
        let small = header(length: 0)
        var decoder = FrameDecoder()
        decoder.feed(small + large, descriptors: 1)
        decoder.feed(large + small, descriptors: 1)
        var seen: [Int] = []
        while let frame = try decoder.next() { seen.append(frame.header.descriptors) }
        #expect(seen == [0, 1, 1, 0])
    }

    @Test("A descriptor that comes later than its frame's header is missing")
    func missingDescriptor() {
        var decoder = FrameDecoder()
        decoder.feed(header(length: 8, flags: 1, descriptors: 1))
        #expect(
            error(from: &decoder) == .malformed(.submit, field: "descriptors", .missing))
    }

    @Test("A descriptor in the middle of a frame belongs to nobody")
    func strayDescriptor() {
        var decoder = FrameDecoder()
        decoder.feed(header(length: 8))
        #expect(error(from: &decoder) == nil)
        decoder.feed([0], descriptors: 1)
        #expect(error(from: &decoder) == .strayDescriptors(1))
    }

    @Test("Descriptors cannot be piled up behind half a header")
    func piledUpDescriptors() {
        var decoder = FrameDecoder()
        decoder.feed([0], descriptors: Limits.descriptorsPerFrame)
        #expect(error(from: &decoder) == nil)
        decoder.feed([0], descriptors: 1)
        #expect(error(from: &decoder) == .strayDescriptors(Limits.descriptorsPerFrame + 1))
    }

    @Test("A body of a report is, past its item, the body that a client is sent")
    func reportBody() throws {
        var strings = StringCache()
        let reports: [WorkerMessage] = [
            .progress(GrantID(rawValue: 1), item: 2, Progress(done: 1, total: nil, unit: "it")),
            .log(GrantID(rawValue: 1), item: 2, LogLine(.info, "so far")),
            .chunk(GrantID(rawValue: 1), item: 2, Chunk(sequence: 3, payload: .empty)),
        ]
        for report in reports {
            var decoder = FrameDecoder()
            decoder.feed(AnyMessage.workerMessage(report).encoded)
            let frame = try #require(try decoder.next())
            let kind = try #require(Kind(rawValue: frame.kind.rawValue - 0x20))
            var out = OutputBuffer()
            out.append(kind, id: 9, body: frame.reportBody)

            var client = FrameDecoder()
            client.feed(Array(out.readable))
            let passedOn = try #require(try client.next())
            let event = try ClientEvent(passedOn, &strings)
            let number = RequestNumber(rawValue: 9)
            switch report {
            case .progress(_, _, let progress): #expect(event == .progress(number, progress))
            case .log(_, _, let line): #expect(event == .log(number, line))
            case .chunk(_, _, let chunk): #expect(event == .chunk(number, chunk))
            default: Issue.record("\(report) is no report")
            }
        }
    }
}

import SluiceModel
import Testing

@testable import SluiceWire

@Suite("Frames put together by hand from the page")
struct HandmadeTests {
    /// Number 1 asks for `caption` with `hi`, wants status and waits two seconds at most.
    static let submit: [UInt8] = [
        39, 0, 0, 0,  // length: 9 + 2 + 14 + 12 + 2
        0x10,  // kind: SUBMIT
        0x02,  // flags: wants_status
        0,  // descriptors
        0,  // zero
        1, 0, 0, 0, 0, 0, 0, 0,  // id
        7, 0, 0x63, 0x61, 0x70, 0x74, 0x69, 0x6f, 0x6e,  // function: "caption"
        26, 0,  // attributes: 14 + 12 bytes
        0x01, 0x00, 10, 0,  // content_type, 10 bytes:
        0x74, 0x65, 0x78, 0x74, 0x2f, 0x70, 0x6c, 0x61, 0x69, 0x6e,  // "text/plain"
        0x02, 0x00, 8, 0,  // queue_timeout, 8 bytes:
        0x80, 0x84, 0x1e, 0, 0, 0, 0, 0,  // 2,000,000 microseconds
        0x68, 0x69,  // payload: "hi"
    ]

    @Test("SUBMIT means what the page says and is written as it says")
    func submits() throws {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        decoder.feed(Self.submit)
        let frame = try #require(try decoder.next())
        let decoded = try ClientRequest(frame, &strings)

        Array("hi".utf8).withUnsafeBytes { hi in
            var submit = Submit(function: "caption", payload: Payload("text/plain", .inline(hi)))
            submit.queueTimeout = .seconds(2)
            submit.wantsStatus = true
            let request = ClientRequest.submit(RequestNumber(rawValue: 1), submit)
            #expect(decoded == request)
            #expect(AnyMessage.clientRequest(request).encoded == Self.submit)
        }
    }

    /// Grant 0xabcdef, item 1 is revoked.
    static let revoke: [UInt8] = [
        4, 0, 0, 0, 0x73, 0, 0, 0, 0xef, 0xcd, 0xab, 0, 0, 0, 0, 0,
        1, 0, 0, 0,
    ]

    @Test("REVOKE means what the page says and is written as it says")
    func revokes() throws {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        decoder.feed(Self.revoke)
        let frame = try #require(try decoder.next())
        let order = WorkerOrder.revoke(GrantID(rawValue: 0xabcdef), item: 1)
        #expect(try WorkerOrder(frame, &strings) == order)
        #expect(AnyMessage.workerOrder(order).encoded == Self.revoke)
    }
}

import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct BodiesTests {
    @Test("A request is kept as what it is granted as, until it is released")
    func keeps() throws {
        var bodies = Bodies()
        let first = try bodies.keep("first", type: "text/plain")
        let second = try bodies.keep("second")
        #expect(bodies.count == 2)
        #expect(try bodies.granted(first) == Kept("first", type: "text/plain"))
        #expect(try bodies.granted(second) == Kept("second"))
        bodies.release(first)
        #expect(bodies.count == 1)
        #expect(try bodies.granted(second) == Kept("second"))
    }

    @Test("What else was said of a request is not passed on")
    func attributes() throws {
        var bodies = Bodies()
        let plain = try bodies.keep("text", type: "text/plain")
        let limited = try bodies.keep("text", type: "text/plain") { $0.deadline = .seconds(1) }
        #expect(bodies.bytes(of: plain).elementsEqual(bodies.bytes(of: limited)))
    }

    @Test("An answer is kept as its outcome ends: message, type and payload")
    func answers() throws {
        var bodies = Bodies()
        let result = try bodies.keep(result: "42", type: "text/plain")
        let bytes = Array("why".utf8)
        let failure = bytes.withUnsafeBytes { bytes in
            bodies.keep(failure: "it broke", Payload("text/x", .inline(bytes)))
        }
        #expect(try bodies.told(result) == Kept("42", type: "text/plain"))
        #expect(try bodies.told(failure) == Kept("why", type: "text/x", message: "it broke"))
    }

    @Test("A place is used again under another name, and nothing of its last body is left")
    func usesAgain() throws {
        var bodies = Bodies()
        let long = try bodies.keep("a long body", type: "text/plain")
        bodies.release(long)
        let short = try bodies.keep("short")
        #expect(short != long)
        #expect(try bodies.granted(short) == Kept("short"))
    }

    @Test("A thousand bodies are told apart")
    func many() throws {
        var bodies = Bodies()
        let kept = try (0..<1000).map { try bodies.keep("\($0)") }
        for (number, body) in kept.enumerated() {
            #expect(try bodies.granted(body) == Kept("\(number)"))
        }
        for body in kept { bodies.release(body) }
        #expect(bodies.count == 0)
    }

    @Test(
        "Every size is kept, from nothing to far more than a row keeps",
        arguments: [0, 1, 63, 64, 65, 4096, 4097, 1 << 20])
    func sizes(size: Int) throws {
        var bodies = Bodies()
        for _ in 0..<3 {
            let text = String(repeating: "x", count: size)
            let body = try bodies.keep(text)
            #expect(try bodies.granted(body) == Kept(text))
            bodies.release(body)
        }
        #expect(bodies.count == 0)
    }

    @Test("A file is kept beside the body, and closed with it")
    func files() throws {
        var bodies = Bodies()
        let contents: [UInt8] = [1, 2, 3]
        let file = try contents.withUnsafeBytes { bytes throws(SystemError) in
            SharedFile(try MemoryFile(named: "test", contents: bytes))
        }
        let number = file.number
        let body = bodies.keep(UnsafeRawBufferPointer(start: nil, count: 0), file)
        #expect(bodies.file(of: body)?.number == number)
        bodies.release(body)
        #expect(bodies.count == 0)
    }

    @Test("A body that was released is known no more")
    func stale() async {
        await #expect(processExitsWith: .failure) {
            var bodies = Bodies()
            let body = try bodies.keep("gone")
            bodies.release(body)
            _ = bodies.bytes(of: body)
        }
    }
}

/// What somebody gets of a body in the end.
private struct Kept: Equatable {
    var text: String
    var type: String?
    var message: String

    init(_ text: String, type: String? = nil, message: String = "") {
        self.text = text
        self.type = type
        self.message = message
    }

    init?(_ payload: Payload, message: String = "") {
        guard case .inline(let bytes) = payload.content else { return nil }
        self.init(
            String(decoding: bytes, as: UTF8.self), type: payload.contentType, message: message)
    }
}

extension Bodies {
    /// Keeps the payload of a SUBMIT.
    fileprivate mutating func keep(
        _ text: String, type: String? = nil, _ change: (inout Submit) -> Void = { _ in }
    ) throws -> BodyID {
        var submit = Submit(function: "f", payload: .empty)
        change(&submit)
        let frame = encoded(text) { payload in
            submit.payload = Payload(type, payload)
            return { ClientRequest.submit(RequestNumber(rawValue: 1), submit).encode(into: &$0) }
        }
        var decoder = FrameDecoder(bodyLimit: 8 << 20)
        var strings = StringCache()
        return keep(try SubmitView(try decoder.only(of: frame), &strings).payload)
    }

    /// Keeps the payload of a RESULT.
    fileprivate mutating func keep(result text: String, type: String?) throws -> BodyID {
        let frame = encoded(text) { payload in
            let result = WorkerMessage.result(
                GrantID(rawValue: 1), item: 0, Payload(type, payload))
            return { result.encode(into: &$0) }
        }
        var decoder = FrameDecoder(bodyLimit: 8 << 20)
        var strings = StringCache()
        return keep(result: try ItemResult(try decoder.only(of: frame), &strings).payload)
    }

    /// What a worker reads of it.
    fileprivate func granted(_ body: BodyID) throws -> Kept? {
        var out = OutputBuffer()
        out.item(
            0, of: GrantID(rawValue: 1), attempt: 1, RequestID(rawValue: 1), hasFile: false,
            bytes(of: body))
        var decoder = FrameDecoder(bodyLimit: 8 << 20)
        var strings = StringCache()
        let order = try WorkerOrder(try decoder.only(of: Array(out.readable)), &strings)
        guard case .item(_, let item) = order else { return nil }
        return Kept(item.payload)
    }

    /// What a client reads of it.
    fileprivate func told(_ body: BodyID) throws -> Kept? {
        var out = OutputBuffer()
        out.outcome(
            RequestNumber(rawValue: 1), .ok, attempts: 1, hasFile: false, bytes(of: body))
        var decoder = FrameDecoder(bodyLimit: 8 << 20)
        var strings = StringCache()
        let event = try ClientEvent(try decoder.only(of: Array(out.readable)), &strings)
        guard case .outcome(_, let report) = event else { return nil }
        return Kept(report.payload, message: report.message)
    }
}

private func encoded(
    _ text: String, _ frame: (Payload.Content) -> (inout OutputBuffer) -> Void
) -> [UInt8] {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { bytes in
        var out = OutputBuffer()
        frame(.inline(bytes))(&out)
        return Array(out.readable)
    }
}

extension FrameDecoder {
    /// The frame that these bytes are.
    fileprivate mutating func only(of bytes: [UInt8]) throws -> Frame {
        receive(atLeast: bytes.count) { room in
            room.copyBytes(from: bytes)
            return bytes.count
        }
        return try #require(try next())
    }
}

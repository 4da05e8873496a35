import SluiceModel
import SluiceSystem
import SluiceWire
import Testing

@testable import SluiceDaemon

@Suite struct BodiesTests {
    @Test("A body is what was kept, until it is released")
    func keeps() {
        var bodies = Bodies()
        let first = bodies.keep("first", type: "text/plain")
        let second = bodies.keep("second", message: "why")
        #expect(bodies.count == 2)
        #expect(bodies.text(of: first) == "first")
        #expect(bodies.payload(of: first).contentType == "text/plain")
        #expect(bodies.text(of: second) == "second")
        #expect(bodies.payload(of: second).contentType == nil)
        #expect(bodies.message(of: second) == "why")
        bodies.release(first)
        #expect(bodies.count == 1)
        #expect(bodies.text(of: second) == "second")
    }

    @Test("A place is used again under another name, and nothing of its last body is left")
    func usesAgain() {
        var bodies = Bodies()
        let long = bodies.keep("a long body", type: "text/plain", message: "message")
        bodies.release(long)
        let short = bodies.keep("short")
        #expect(short != long)
        #expect(bodies.text(of: short) == "short")
        #expect(bodies.payload(of: short).contentType == nil)
        #expect(bodies.message(of: short).isEmpty)
    }

    @Test(
        "Every size is kept, from nothing to far more than a row keeps",
        arguments: [0, 1, 63, 64, 65, 4096, 4097, 1 << 20])
    func sizes(size: Int) {
        var bodies = Bodies()
        for _ in 0..<3 {
            let text = String(repeating: "x", count: size)
            let body = bodies.keep(text)
            #expect(bodies.text(of: body) == text)
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
        let body = bodies.keep(Payload(nil, .inDescriptor(size: 3)), file)
        #expect(bodies.payload(of: body).content == .inDescriptor(size: 3))
        #expect(bodies.file(of: body)?.number == file.number)
        bodies.release(body)
        #expect(bodies.count == 0)
    }

    @Test("A body that was released is known no more")
    func stale() async {
        await #expect(processExitsWith: .failure) {
            var bodies = Bodies()
            let body = bodies.keep("gone")
            bodies.release(body)
            _ = bodies.payload(of: body)
        }
    }
}

extension Bodies {
    fileprivate mutating func keep(
        _ text: String, type: String? = nil, message: String = ""
    ) -> BodyID {
        var text = text
        return text.withUTF8 { bytes in
            keep(Payload(type, .inline(UnsafeRawBufferPointer(bytes))), message: message)
        }
    }

    fileprivate func text(of body: BodyID) -> String? {
        guard case .inline(let bytes) = payload(of: body).content else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

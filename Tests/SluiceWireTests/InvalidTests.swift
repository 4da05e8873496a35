import SluiceModel
import Testing

@testable import SluiceWire

@Suite("What the page forbids")
struct InvalidTests {
    @Test("A forbidden frame is refused with its code and field", arguments: InvalidVector.all)
    func refused(_ vector: InvalidVector) {
        let error = refusal(of: vector)
        #expect(error?.farewell.code == vector.code)
        #expect(error?.farewell.message.contains(vector.says) == true, "\(error as Any)")
    }

    /// What the receiver of these bytes makes of them, up to the end of the stream.
    private func refusal(of vector: InvalidVector) -> WireError? {
        var decoder = FrameDecoder(bodyLimit: bodyLimit(vector.stage))
        decoder.feed(vector.bytes, descriptors: vector.descriptors)
        do throws(WireError) {
            while let frame = try decoder.next() { try receive(frame, vector) }
            return nil
        } catch {
            return error
        }
    }

    private func bodyLimit(_ stage: InvalidVector.Stage) -> Int {
        switch stage {
        case .opening: Limits.openingBody
        case .open: Limits.frameBody
        }
    }

    private func receive(_ frame: Frame, _ vector: InvalidVector) throws(WireError) {
        var strings = StringCache()
        switch (vector.stage, vector.from) {
        case (.open, _): _ = try AnyMessage(open: frame, from: vector.from, &strings)
        case (.opening, .client), (.opening, .worker):
            var opening = DaemonOpening(offering: Welcome(instance: UniqueID(high: 1, low: 2)))
            if case .refuse(let error) = opening.receive(frame) { throw error }
        case (.opening, .daemonToClient), (.opening, .daemonToWorker):
            var opening = PeerOpening(with: Hello(session: UniqueID(high: 1, low: 2)))
            if case .refuse(let error) = opening.receive(frame, &strings) { throw error }
        }
    }

    @Test("A body cut short is refused wherever it is cut, or says something else whole")
    func truncatedBodies() {
        for vector in Vector.all {
            var bytes = vector.bytes
            while bytes.count > Header.size {
                bytes.removeLast()
                let size = UInt32(bytes.count - Header.size)
                withUnsafeBytes(of: size.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
                check(bytes, vector)
            }
        }
    }

    @Test("A body that goes on is refused, unless the rest is its payload")
    func trailingBytes() {
        for vector in Vector.all {
            var bytes = vector.bytes + [0]
            let size = UInt32(bytes.count - Header.size)
            withUnsafeBytes(of: size.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
            check(bytes, vector)
        }
    }

    /// The bytes are refused, or mean exactly what they say. Only a payload may be shorter or
    /// longer, and HOLDING end before its attributes: otherwise a message cannot survive a change
    /// of its length.
    private func check(_ bytes: [UInt8], _ vector: Vector) {
        var decoder = FrameDecoder(bodyLimit: Limits.frameBody)
        var strings = StringCache()
        var seen = Transcript()
        decoder.feed(bytes, descriptors: vector.descriptors)
        do throws(WireError) {
            try seen.take(from: &decoder, vector.from, &strings)
            #expect(seen.bytes == bytes)
            let mayEnd = vector.kind == "HOLDING" && vector.message["attributes"] != nil
            #expect(
                vector.message["payload"] != nil || mayEnd, "\(vector.name): \(hex(bytes))")
        } catch {
            #expect(error.farewell.code == "protocol")
        }
    }
}

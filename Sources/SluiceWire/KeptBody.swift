import SluiceModel

/// What a body says that was kept to be passed on as it is, for whoever keeps it in another form.
/// The bytes are this program's own, or were checked as they came: that they are what they should
/// be is not the peer's business any more.
public struct KeptBody {
    /// Of a chunk.
    public var sequence: UInt64 = 0
    /// Of an answer.
    public var message = ""
    /// What is inline in it is valid as long as the body.
    public var payload: Payload

    /// What ITEM ends with.
    public init(request bytes: UnsafeRawBufferPointer, hasFile: Bool) {
        self = Self.read(.item, bytes, hasFile) { body, strings throws(WireError) in
            KeptBody(payload: try body.attributedPayload(&strings))
        }
    }

    /// What OUTCOME ends with.
    public init(answer bytes: UnsafeRawBufferPointer, hasFile: Bool) {
        self = Self.read(.outcome, bytes, hasFile) { body, strings throws(WireError) in
            let message = try body.text("message")
            return KeptBody(message: message, payload: try body.attributedPayload(&strings))
        }
    }

    /// CHUNK.
    public init(chunk bytes: UnsafeRawBufferPointer, hasFile: Bool) {
        self = Self.read(.chunk, bytes, hasFile) { body, strings throws(WireError) in
            let chunk = try Chunk(&body, &strings)
            return KeptBody(sequence: chunk.sequence, payload: chunk.payload)
        }
    }

    private init(sequence: UInt64 = 0, message: String = "", payload: Payload) {
        self.sequence = sequence
        self.message = message
        self.payload = payload
    }

    private static func read(
        _ kind: Kind, _ bytes: UnsafeRawBufferPointer, _ hasFile: Bool,
        _ fields: (inout BodyReader, inout StringCache) throws(WireError) -> KeptBody
    ) -> KeptBody {
        var body = BodyReader(kept: bytes, kind, hasFile ? .inDescriptor : [])
        var strings = StringCache()
        do throws(WireError) {
            return try fields(&body, &strings)
        } catch {
            preconditionFailure("a body was kept that is none: \(error)")
        }
    }
}

extension BodyReader {
    fileprivate init(kept bytes: UnsafeRawBufferPointer, _ kind: Kind, _ flags: FrameFlags) {
        self.init(
            Frame(
                header: Header(bodySize: bytes.count, kind: kind, flags: flags), body: bytes))
    }
}

extension Header {
    fileprivate init(bodySize: Int, kind: Kind, flags: FrameFlags) {
        self.init(
            bodySize: bodySize, kind: kind, flags: flags,
            descriptors: flags.contains(.inDescriptor) ? 1 : 0, id: 0)
    }
}

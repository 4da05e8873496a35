/// The opaque bytes of a request, a partial result or an answer, and what they are.
public struct Payload: Equatable {
    /// nil: application/octet-stream.
    public var contentType: String?
    public var content: Content

    public enum Content: BitwiseCopyable {
        /// In the frame. Where it was decoded, valid as long as the frame: copy what is kept.
        case inline(UnsafeRawBufferPointer)
        /// In the descriptor that travels with the frame.
        case inDescriptor(size: UInt64)
    }

    public init(_ contentType: String? = nil, _ content: Content) {
        self.contentType = contentType
        self.content = content
    }

    /// No bytes at all.
    public static var empty: Payload {
        Payload(nil, .inline(UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    public var size: UInt64 { content.size }

    var flags: FrameFlags {
        switch content {
        case .inline: []
        case .inDescriptor: .inDescriptor
        }
    }
}

extension Payload.Content {
    public var size: UInt64 {
        switch self {
        case .inline(let bytes): UInt64(bytes.count)
        case .inDescriptor(let size): size
        }
    }
}

extension Payload.Content: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.inline(let a), .inline(let b)): a.elementsEqual(b)
        case (.inDescriptor(let a), .inDescriptor(let b)): a == b
        case (.inline, .inDescriptor), (.inDescriptor, .inline): false
        }
    }
}

extension BodyReader {
    /// The attributes and payload of a frame whose only attribute is the content type.
    mutating func attributedPayload(_ strings: inout StringCache) throws(WireError) -> Payload {
        Payload(try rawPayload(&strings), &strings)
    }
}

extension OutputBuffer {
    /// Attributes and content, as they are in most frames that have a payload.
    mutating func putAttributed(_ payload: Payload) {
        putAttributes { out in out.put(.contentType, contentType: payload.contentType) }
        put(payload.content)
    }
}

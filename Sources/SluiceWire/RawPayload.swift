import SluiceModel

/// A payload where it lies, checked, with nothing copied: for whoever only passes it on. Valid as
/// long as its frame.
public struct RawPayload: BitwiseCopyable {
    /// nil: application/octet-stream.
    public var contentType: UnsafeRawBufferPointer?
    public var content: Payload.Content
    /// Attributes and content as the bytes in which they came, where the attributes hold nothing
    /// but the content type: they need not be put together again.
    public var encoded: UnsafeRawBufferPointer?
}

extension Payload {
    init(_ raw: RawPayload, _ strings: inout StringCache) {
        let type = raw.contentType.flatMap {
            strings.string($0, for: .contentType, isAllowed: ContentType.isAllowed)
        }
        self.init(type, raw.content)
    }
}

extension BodyReader {
    /// The attributes and payload of a frame whose only attribute is the content type.
    mutating func rawPayload(_ strings: inout StringCache) throws(WireError) -> RawPayload {
        let start = position
        var contentType: UnsafeRawBufferPointer?
        var attributes = try attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .contentType: contentType = try attributes.contentTypeBytes(&strings)
            default: try attributes.refuse(tag)
            }
        }
        return try rawPayload(contentType, since: start)
    }

    /// The payload, which is the rest.
    ///
    /// - Parameter start: where the attributes began.
    mutating func rawPayload(
        _ contentType: UnsafeRawBufferPointer?, since start: Int
    ) throws(WireError) -> RawPayload {
        let content = try content()
        let isPlain = attributesSize(at: start) == contentType.map { 4 + $0.count } ?? 0
        return RawPayload(
            contentType: contentType, content: content,
            encoded: isPlain ? read(since: start) : nil)
    }
}

extension OutputBuffer {
    /// A payload as it is passed on.
    public mutating func attributed(_ payload: RawPayload) {
        putAttributes { out in
            if let type = payload.contentType { out.put(.contentType, raw: type) }
        }
        put(payload.content)
    }
}

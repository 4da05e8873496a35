import SluiceModel

/// A SUBMIT where it lies, checked: what the daemon wants to know of it, with nothing copied.
/// Valid as long as its frame. See `Submit` for what the fields mean.
public struct SubmitView: BitwiseCopyable {
    /// A name; see `StringCache.name`.
    public var function: UnsafeRawBufferPointer
    public var queueTimeout = Span.none
    public var execTimeout = Span.none
    public var deadline = Span.none
    public var maxWait = Span.none
    public var ticket: UnsafeRawBufferPointer?
    public var attempt = 0
    public var chunks: UInt64 = 0
    public var isDetached = false
    public var wantsStatus = false
    public var payload = RawPayload(content: .inDescriptor(size: 0))
    /// On whose behalf a gateway asks.
    public var caller: UnsafeRawBufferPointer?

    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        precondition(frame.kind == .submit, "\(frame.kind) is no SUBMIT")
        var body = BodyReader(frame)
        function = try body.nameBytes("function", &strings)
        wantsStatus = frame.header.flags.contains(.wantsStatus)
        let start = body.position
        var contentType: UnsafeRawBufferPointer?
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            guard tag != .contentType else {
                contentType = try attributes.contentTypeBytes(&strings)
                continue
            }
            try take(tag, &attributes, &strings)
        }
        payload = try body.rawPayload(contentType, since: start)
        try body.end()
    }

    private mutating func take(
        _ tag: Tag, _ attributes: inout AttributeReader, _ strings: inout StringCache
    ) throws(WireError) {
        switch tag {
        case .queueTimeout: queueTimeout = try attributes.span()
        case .execTimeout: execTimeout = try attributes.span()
        case .deadline: deadline = try attributes.span()
        case .maxWait: maxWait = try attributes.span()
        case .ticket: ticket = try attributes.ticketBytes()
        case .detached: isDetached = try attributes.truth()
        case .caller: caller = try attributes.nameBytes(&strings)
        case .attempt: attempt = Int(try attributes.integer(as: UInt32.self))
        case .chunks: chunks = try attributes.integer()
        default: try attributes.refuse(tag)
        }
    }
}

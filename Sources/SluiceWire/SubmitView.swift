import SluiceModel

/// A SUBMIT where it lies, checked: what the daemon wants to know of it, with nothing copied but
/// what is rare. Valid as long as its frame. See `Submit` for what the fields mean.
public struct SubmitView {
    public var function: String
    public var queueTimeout = Span.none
    public var execTimeout = Span.none
    public var deadline = Span.none
    public var maxWait = Span.none
    public var ticket: UnsafeRawBufferPointer?
    public var attempt = 0
    public var chunks: UInt64 = 0
    public var isDetached = false
    public var wantsStatus = false
    public var payload: RawPayload
    /// On whose behalf a gateway asks.
    public var caller: UnsafeRawBufferPointer?

    public init(_ frame: Frame, _ strings: inout StringCache) throws(WireError) {
        precondition(frame.kind == .submit, "\(frame.kind) is no SUBMIT")
        var body = BodyReader(frame)
        function = try body.name("function", &strings)
        wantsStatus = frame.header.flags.contains(.wantsStatus)
        let start = body.position
        var contentType: UnsafeRawBufferPointer?
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .contentType: contentType = try attributes.contentTypeBytes(&strings)
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
        payload = try body.rawPayload(contentType, since: start)
        try body.end()
    }
}

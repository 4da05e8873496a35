import SluiceModel

/// How a request ended, told to its client: the last frame with its number.
public struct OutcomeReport: Equatable {
    public var outcome: Outcome
    /// The word for it. A later daemon may have words that are not in `Code`.
    public var code: String
    public var attempts: Int
    public var message: String
    /// For a refusal: when trying again makes sense.
    public var retryAfter: Duration?
    /// Requests waiting there.
    public var depth: UInt64?
    /// The bound that was reached.
    public var limit: UInt64?
    public var payload: Payload

    /// nil for a code that this program does not know; the outcome tells enough.
    public var knownCode: Code? { Code(rawValue: code) }

    public init(
        _ code: Code, attempts: Int = 0, message: String = "", retryAfter: Duration? = nil,
        depth: UInt64? = nil, limit: UInt64? = nil, payload: Payload = .empty
    ) {
        outcome = code.outcome
        self.code = code.rawValue
        self.attempts = attempts
        self.message = message
        self.retryAfter = retryAfter
        self.depth = depth
        self.limit = limit
        self.payload = payload
    }

    init(_ body: inout BodyReader, _ strings: inout StringCache) throws(WireError) {
        guard let outcome = Outcome(onWire: try body.integer("outcome")) else {
            throw body.fault("outcome", .outOfRange)
        }
        self.outcome = outcome
        try body.zero(as: UInt8.self)
        attempts = Int(try body.integer("attempts", as: UInt16.self))
        code = try body.name("code", &strings)
        message = try body.text("message")
        var contentType: String?
        var attributes = try body.attributes()
        while let tag = try attributes.next() {
            switch tag {
            case .contentType: contentType = try attributes.contentType(&strings)
            case .retryAfter: retryAfter = try attributes.duration()
            case .depth: depth = try attributes.integer()
            case .limit: limit = try attributes.integer()
            default: try attributes.refuse(tag)
            }
        }
        payload = try body.payload(contentType)
    }

    func encode(_ number: RequestNumber, into out: inout OutputBuffer) {
        out.frame(.outcome, id: number.rawValue, flags: payload.flags) { out in
            out.put(outcome.onWire)
            out.put(UInt8(0))
            out.put(UInt16(clamping: attempts))
            out.put(name: code)
            out.put(text: message)
            out.putAttributes { out in
                out.put(.contentType, contentType: payload.contentType)
                out.put(.retryAfter, retryAfter)
                out.put(.depth, depth)
                out.put(.limit, limit)
            }
            out.put(payload.content)
        }
    }
}

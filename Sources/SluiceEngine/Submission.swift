import SluiceModel

/// What a client asks for, but of which function.
public struct Ask: BitwiseCopyable, Sendable {
    public var number: RequestNumber
    /// The payload, kept elsewhere, and its size.
    public var body: BodyID
    public var bytes: Int
    public var queueTimeout = Span.none
    public var execTimeout = Span.none
    public var deadline = Span.none
    public var maxWait = Span.none
    /// Whether the payload counts towards `max_bytes`: not if it is in a descriptor.
    public var holdsBytes = true
    /// Whether the payload is in a descriptor, which counts towards `max_files`.
    public var holdsFile = false
    /// Whether to send rank and ETA.
    public var wantsStatus = false
    /// Whether it is to outlive its client's connection.
    public var isDetached = false

    public init(number: RequestNumber, body: BodyID, bytes: Int) {
        self.number = number
        self.body = body
        self.bytes = bytes
    }

    /// Bytes of the payload that count towards `max_bytes`.
    public var heldBytes: Int { holdsBytes ? bytes : 0 }
}

/// What a client asks for.
@dynamicMemberLookup
public struct Submission: Sendable {
    public var function: String
    public var ask: Ask
    /// On whose behalf a gateway asks.
    public var caller: String?

    public init(
        number: RequestNumber, function: String, body: BodyID, bytes: Int,
        wantsStatus: Bool = false
    ) {
        self.function = function
        ask = Ask(number: number, body: body, bytes: bytes)
        ask.wantsStatus = wantsStatus
    }

    public init(function: String, ask: Ask, caller: String? = nil) {
        self.function = function
        self.ask = ask
        self.caller = caller
    }

    public subscript<Value>(dynamicMember path: WritableKeyPath<Ask, Value>) -> Value {
        get { ask[keyPath: path] }
        set { ask[keyPath: path] = newValue }
    }

    public var heldBytes: Int { ask.heldBytes }
}

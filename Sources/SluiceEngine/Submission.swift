import SluiceModel

/// What a client asks for.
public struct Submission: Sendable {
    public var number: RequestNumber
    public var function: String
    /// The payload, kept elsewhere, and its size.
    public var body: BodyID
    public var bytes: Int
    /// Whether the payload counts towards `max_bytes`: not if it is in a descriptor.
    public var holdsBytes: Bool
    /// Whether the payload is in a descriptor, which counts towards `max_files`.
    public var holdsFile: Bool
    /// Whether to send rank and ETA.
    public var wantsStatus: Bool
    /// Whether it is to outlive its client's connection.
    public var isDetached: Bool
    var spans = Spans()
    private var speaker: Box<String>?

    public init(
        number: RequestNumber, function: String, body: BodyID, bytes: Int,
        holdsBytes: Bool = true, holdsFile: Bool = false, wantsStatus: Bool = false,
        isDetached: Bool = false
    ) {
        self.number = number
        self.function = function
        self.body = body
        self.bytes = bytes
        self.holdsBytes = holdsBytes
        self.holdsFile = holdsFile
        self.wantsStatus = wantsStatus
        self.isDetached = isDetached
    }

    /// Bytes of the payload that count towards `max_bytes`.
    public var heldBytes: Int { holdsBytes ? bytes : 0 }

    public var queueTimeout: Duration? {
        get { spans.queueTimeout.duration }
        set { spans.queueTimeout = Span(newValue) }
    }
    public var execTimeout: Duration? {
        get { spans.execTimeout.duration }
        set { spans.execTimeout = Span(newValue) }
    }
    public var deadline: Duration? {
        get { spans.deadline.duration }
        set { spans.deadline = Span(newValue) }
    }
    public var maxWait: Duration? {
        get { spans.maxWait.duration }
        set { spans.maxWait = Span(newValue) }
    }
    /// On whose behalf a gateway asks.
    public var onBehalfOf: String? {
        get { speaker?.value }
        set { speaker = newValue.map { Box($0) } }
    }

    /// The limits on its time.
    struct Spans {
        var queueTimeout = Span(nil)
        var execTimeout = Span(nil)
        var deadline = Span(nil)
        var maxWait = Span(nil)
    }
}

/// A span of time that may not be given, in eight bytes, where `Duration?` takes 24: it is part of
/// every submission, and most have none.
struct Span: Hashable, Sendable {
    /// The longest stands for none: so long nothing waits.
    private(set) var nanoseconds: Int64

    init(_ duration: Duration?) { nanoseconds = duration?.nanoseconds ?? .max }

    var isGiven: Bool { nanoseconds < .max }
    var duration: Duration? { isGiven ? .nanoseconds(nanoseconds) : nil }

    /// When it is over that begins now; `distantFuture` where it is not given.
    func end(from now: Instant) -> Instant {
        let (moment, overflow) = now.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow || !isGiven ? .distantFuture : Instant(nanoseconds: moment)
    }

    /// The shorter of two.
    static func shorter(_ a: Span, _ b: Span) -> Span { a.nanoseconds < b.nanoseconds ? a : b }
}

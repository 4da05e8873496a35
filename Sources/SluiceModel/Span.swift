/// A span of time that may not be given, in eight bytes, where `Duration?` takes 24: it is part of
/// every submission, and most have none.
public struct Span: Hashable, BitwiseCopyable, Sendable {
    /// The longest stands for none: so long nothing waits.
    public let nanoseconds: Int64

    public init(_ duration: Duration?) { nanoseconds = duration?.nanoseconds ?? .max }

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let none = Span(nil)
    public static func seconds(_ seconds: Int) -> Span { Span(.seconds(seconds)) }

    public var isGiven: Bool { nanoseconds < .max }
    public var duration: Duration? { isGiven ? .nanoseconds(nanoseconds) : nil }

    /// When it is over that begins now; `distantFuture` where it is not given.
    public func end(from now: Instant) -> Instant {
        let (moment, overflow) = now.nanoseconds.addingReportingOverflow(nanoseconds)
        return overflow || !isGiven ? .distantFuture : Instant(nanoseconds: moment)
    }

    /// The shorter of two.
    public static func shorter(_ a: Span, _ b: Span) -> Span {
        a.nanoseconds < b.nanoseconds ? a : b
    }
}

// Names for the things that come and go. Each is a number that means nothing by itself; the
// type is what keeps a worker from being taken for a client.

/// A name that is a number.
///
/// Names are looked up a dozen times for each request, and the standard hash costs more than the
/// rest of a lookup. Two multiplications do as well for numbers: a client may choose those of its
/// requests, but does not know the seed, which differs with where a table lies and makes the
/// factor. The requirement is part of the library's stable interface,
/// though its name begins with an underscore.
public protocol Numbered: Hashable, BitwiseCopyable, CustomStringConvertible {
    var rawValue: UInt64 { get }
}

extension Numbered {
    @inlinable
    public func _rawHashValue(seed: Int) -> Int {
        let factor =
            (UInt64(bitPattern: Int64(seed)) ^ 0x9e37_79b9_7f4a_7c15) &* 0xd1b5_4a32_d192_ed03
        let product = (rawValue ^ factor).multipliedFullWidth(by: factor | 1)
        let folded = product.high ^ product.low
        return Int(truncatingIfNeeded: folded ^ (folded &>> 32))
    }

    public var description: String { String(rawValue) }
}

/// Names one accepted request for the life of the daemon. Never reused, and given out in order
/// of admission: of two requests the one with the lower number was admitted first.
public struct RequestID: Numbered, Comparable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The number a client gave its own request: unique among the live requests of its connection.
public struct RequestNumber: Numbered, Comparable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Names one batch handed to one worker. Never reused.
public struct GrantID: Numbered, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names one attached worker process. Never reused.
public struct WorkerID: Numbered, Comparable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Names one connected client. Never reused.
public struct ClientID: Numbered, Comparable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Names bytes that somebody else keeps: a request's payload, a chunk, a result. The engine
/// says where they go and when they may be freed; it never sees them.
public struct BodyID: Numbered, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

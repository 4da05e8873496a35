import SluiceClient

/// A daemon that hangs takes connections and says nothing, which costs who asks seconds to find
/// out. One finds out for all: those who were asked meanwhile are told what it was told, as are
/// those who come shortly after.
public struct Silence {
    private var found: (error: ClientError, at: ContinuousClock.Instant)?

    public init() {}

    /// How long nobody else tries.
    public static let lasts = Duration.seconds(1)

    /// A try that failed.
    public mutating func note(_ error: ClientError, at now: ContinuousClock.Instant) {
        guard case .silent = error else { return }
        found = (error, now)
    }

    /// Why not to try; nil: try.
    public func verdict(at now: ContinuousClock.Instant) -> ClientError? {
        guard let found, now - found.at < Self.lasts else { return nil }
        return found.error
    }
}

/// What the sender of a HELLO or WELCOME understands beyond the page's first version. Bits that are
/// not named here are a later peer's, and ignored.
public struct Features: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// In WELCOME: the daemon keeps detached requests, and takes FETCH.
    public static let detached = Features(rawValue: 1 << 0)
    /// In HELLO of a worker: it takes PAUSE and RESUME.
    public static let pausing = Features(rawValue: 1 << 1)
    /// In WELCOME: the daemon takes BIND, and what DECLARE and HOLDING say of devices. In HELLO of
    /// a worker: it heeds the devices that GRANT names.
    public static let devices = Features(rawValue: 1 << 2)
    /// In WELCOME: the daemon takes LEAVE.
    public static let leaving = Features(rawValue: 1 << 3)
}

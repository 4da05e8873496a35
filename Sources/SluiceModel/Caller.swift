/// Who asks: the user behind a connection, as the kernel vouches for it.
public struct Caller: Hashable, Sendable {
    public var user: UInt32
    public init(user: UInt32) { self.user = user }
}

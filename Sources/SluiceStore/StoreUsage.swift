/// How much is stored, as of the last commit.
public struct StoreUsage: Hashable, Sendable {
    /// Requests, with an outcome and without.
    public var requests: Int
    /// Bytes of the file that are in use.
    public var bytes: Int

    public init(requests: Int, bytes: Int) {
        self.requests = requests
        self.bytes = bytes
    }
}

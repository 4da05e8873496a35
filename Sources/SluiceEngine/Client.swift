import SluiceModel

/// A connected client and its live requests.
struct Client {
    let id: ClientID
    let caller: Caller
    let user: Index<User>
    /// Its numbers; see `Engine.request(_:of:)`.
    var requests = NumberTable.Share()
    /// Detached requests that it is told of, by its numbers.
    var listening: [RequestNumber: RequestID] = [:]
    /// Whether it is still there to be told something.
    var isPresent = true
}

/// One user's share, over all its connections; or that of a caller whom a gateway names, which is
/// there while requests of it live.
struct User {
    let id: UInt32
    /// Whom the gateway of that user names; nil: the user itself.
    let caller: String?
    /// Connected clients.
    var clients = 0
    /// Live requests, and detached ones on their way into the store or out of it.
    var live = 0
    /// Payload bytes of those that wait, as `max_bytes` counts them.
    var bytes = 0
    /// Payloads of them in descriptors.
    var files = 0

    init(id: UInt32, caller: String? = nil) {
        self.id = id
        self.caller = caller
    }

    /// How refusals call it.
    var title: String {
        caller.map { "caller \($0) of user \(id)" } ?? "user \(id)"
    }
}

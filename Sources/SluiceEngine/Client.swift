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

/// One user's share, over all its connections.
struct User {
    let id: UInt32
    /// Connected clients.
    var clients = 0
    /// Live requests, and detached ones on their way into the store or out of it.
    var live = 0
}

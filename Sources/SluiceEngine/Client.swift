import SluiceModel

/// A connected client and its live requests.
struct Client {
    let id: ClientID
    let caller: Caller
    let user: Index<User>
    /// Its numbers; see `Engine.request(_:of:)`.
    var requests = NumberTable.Share()
    /// Whether it is still there to be told something.
    var isPresent = true
}

/// One user's share, over all its connections.
struct User {
    let id: UInt32
    /// Connected clients.
    var clients = 0
    /// Live requests.
    var live = 0
}

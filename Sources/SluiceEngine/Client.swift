import SluiceModel

/// A connected client and its live requests.
struct Client {
    let caller: Caller
    var requests: [RequestNumber: Index<Request>] = [:]
}

import SluiceModel

/// What must hold over restarts, which no model of one life of the daemon can see: a number names
/// one request of one client, has one outcome, and its chunks come without a hole.
struct Lives {
    static let name = "lives"

    /// Which life of the daemon this is.
    private(set) var current = 1
    private var owners: [RequestID: ClientID] = [:]
    private var ended: Set<RequestID> = []
    private var stories: [String] = []

    mutating func beginNext() { current += 1 }

    mutating func tell(_ story: String) { stories.append(story) }

    mutating func takeStories() -> [String] {
        defer { stories.removeAll() }
        return stories
    }

    /// A client was told that its request is in.
    mutating func admit(_ id: RequestID, of process: ClientID) {
        if let owner = owners[id], owner != process {
            tell("\(id) was \(owner)'s and is now \(process)'s")
        }
        owners[id] = process
    }

    /// A client was told how a request ended.
    mutating func end(_ id: RequestID) {
        if !ended.insert(id).inserted { tell("\(id) has a second outcome") }
    }

    /// A client brings a ticket again whose request is over: what comes of it is another.
    mutating func reuse(_ id: RequestID) { ended.remove(id) }

    /// A chunk came.
    ///
    /// - Parameter known: how many its client has.
    mutating func pass(_ sequence: UInt64, of id: RequestID?, after known: UInt64) {
        guard sequence > known else { return }
        tell("chunk \(sequence) of \(String(describing: id)) follows \(known) others")
    }
}

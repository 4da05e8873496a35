import SluiceModel

/// What is promised of detached requests over all lives of the daemon, seen from outside: what
/// clients were told, what workers began with, and what lies on the disk.
struct Custody {
    private(set) var stories: [String] = []
    /// What each request was told to have come to.
    private var told: [RequestID: Code] = [:]
    private var admitted: Set<RequestID> = []
    /// The highest attempt that a worker was given.
    private var given: [RequestID: Int] = [:]
    /// The grant in which a worker said that it began, of what must not run twice.
    private var begun: [RequestID: GrantID] = [:]
    /// What a crash or a broken disk kept from being noted: it may run twice.
    private var excused: Set<RequestID> = []

    mutating func tell(_ story: String) { stories.append(story) }

    mutating func takeStories() -> [String] {
        defer { stories = [] }
        return stories
    }

    /// A client is told that a request is in.
    mutating func admit(_ id: RequestID, isKept: Bool) {
        admitted.insert(id)
        if !isKept { tell("\(id) is told to be in, and is not on the disk") }
    }

    /// A client is told how a request ended.
    mutating func end(_ id: RequestID, _ code: Code, kept: Code?) {
        if kept != code { tell("\(id) is told to be \(code), and \(kept as Any) is on the disk") }
        if let before = told.updateValue(code, forKey: id), before != code {
            tell("\(id) was told to be \(before), and now \(code)")
        }
    }

    /// A client is told that its request is not to be had.
    mutating func deny(_ id: RequestID, _ code: Code) {
        guard admitted.contains(id), code != .storeFailed else { return }
        tell("\(id) was in, and its user is told \(code)")
    }

    /// A worker is handed a request.
    mutating func give(_ id: RequestID, attempt: Int, isKept: Bool) {
        given[id] = max(given[id] ?? 0, attempt)
        if !isKept { tell("\(id) is given to a worker, and is not on the disk") }
    }

    /// A worker said that it begins with what must not run twice.
    mutating func begin(once id: RequestID, _ grant: GrantID) {
        if let before = begun.updateValue(grant, forKey: id), before != grant,
            !excused.contains(id)
        {
            tell("\(id) must not run twice, and begins in \(grant) after \(before)")
        }
    }

    /// The daemon is gone, and on the disk is how often a request was given.
    mutating func lose(_ id: RequestID, noted attempt: Int) {
        if given[id] ?? 0 > attempt { excused.insert(id) }
    }

    mutating func excuse(_ id: RequestID) { excused.insert(id) }
}

import SluiceModel
import SluiceStore
import SluiceSystem

// What happens to detached requests as a whole, and what operators do to single ones.

extension LogRecord {
    static func of(_ event: StoreEvent) -> Self {
        switch event {
        case .opened(let opening):
            let unfinished = counted(opening.unfinished, "detached request", "detached requests")
            return Self(
                .storeOpened, .info,
                "\(opening.path) is open: it has \(unfinished) without an outcome",
                [.file: opening.path, .count: "\(opening.unfinished)"])
        case .setAside(let aside):
            return Self(.storeDamaged, .error, "\(aside)", [.file: aside.path])
        case .unavailable(let trouble):
            return Self(
                .storeFailed, .error, "\(trouble); detached requests are refused",
                trouble.path.map { [.file: $0] } ?? [:])
        case .diskFull(true):
            return Self(
                .storeFull, .warning,
                "the disk is full: detached requests are refused until it has room")
        case .diskFull(false):
            return Self(
                .storeHasRoom, .notice, "the disk has room again for detached requests")
        }
    }

    /// - Parameter last: the last request that was.
    static func notRecovered(after last: RequestID?, _ refusal: StoreRefusal) -> Self {
        let place = last.map { "after request \($0)" } ?? "at all"
        return Self(
            .storeFailed, .error,
            "detached requests could not be read \(place): \(refusal); they wait in the store for "
                + "the next start")
    }

    static func outcomeNotStored(_ request: RequestID, _ outcome: StoreOutcome) -> Self {
        let reason = if case .refused(let refusal) = outcome { "\(refusal)" } else { "no room" }
        return Self(
            .outcomeWaits, .warning,
            "the outcome of request \(request) is not stored (\(reason)), nor told; it is tried "
                + "every second; 'sluicectl discard' of others makes room, and 'sluicectl cancel "
                + "\(request)' gives its result up",
            [.request: "\(request)"])
    }

    static func notRecalled(_ refusal: StoreRefusal) -> Self {
        Self(
            .storeFailed, .error,
            "what was learned about functions could not be read: \(refusal); it is learned anew")
    }

    static func retried(_ old: RequestID, as new: RequestID, by user: UInt32) -> Self {
        Self(
            .retried, .notice, "request \(old) taken in once more by user \(user), as \(new)",
            [.request: "\(old)", .new: "\(new)", .user: "\(user)"])
    }

    static func discarded(_ request: RequestID, by user: UInt32) -> Self {
        Self(
            .discarded, .notice, "request \(request) and its result discarded by user \(user)",
            [.request: "\(request)", .user: "\(user)"])
    }
}

extension StoreTrouble {
    fileprivate var path: String? {
        switch self {
        case .newer(let path, _, _), .inUse(let path), .tooManyDamaged(let path, _): path
        case .system: nil
        }
    }
}

extension StoreEvent {
    /// Whether it is what happens at every start.
    var isOrdinary: Bool {
        guard case .opened(let opening) = self else { return false }
        return opening.unfinished == 0
    }
}

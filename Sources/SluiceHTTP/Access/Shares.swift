import SluiceGateway
import Synchronization

/// How many requests of each caller are live in the gateway, and how many may be.
final class Shares: Sendable {
    private let limits: [String: Int]
    private let live = Mutex<[String: Int]>([:])

    init(_ tokens: [AccessToken]) {
        limits = tokens.reduce(into: [:]) { $0[$1.name] = $1.maxRequests }
    }

    /// Room for one more.
    ///
    /// - Returns: what gives it back when it goes; nil where nothing is counted.
    func take(of caller: String?) throws(LinkError) -> Share? {
        guard let caller, let limit = limits[caller] else { return nil }
        let hasRoom = live.withLock { live in
            guard live[caller, default: 0] < limit else { return false }
            live[caller, default: 0] += 1
            return true
        }
        guard hasRoom else { throw .overShare(caller, limit: limit) }
        return Share(caller, of: self)
    }

    fileprivate func giveBack(_ caller: String) {
        live.withLock { live in
            let count = (live[caller] ?? 1) - 1
            live[caller] = count > 0 ? count : nil
        }
    }
}

/// A live request's part of its caller's share.
final class Share: Sendable {
    private let caller: String
    private let shares: Shares
    private let isTaken = Mutex(true)

    fileprivate init(_ caller: String, of shares: Shares) {
        self.caller = caller
        self.shares = shares
    }

    deinit { giveBack() }

    /// Once: what is given back already stays so.
    func giveBack() {
        let wasTaken = isTaken.withLock { isTaken in
            defer { isTaken = false }
            return isTaken
        }
        if wasTaken { shares.giveBack(caller) }
    }
}
